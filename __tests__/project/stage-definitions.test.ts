import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { UserError } from '../../src/errors.ts';
import { readPipeline } from '../../src/project/pipeline-file.ts';
import { stageDefinitions } from '../../src/project/stage-definitions.ts';
import { readYaml } from '../../src/project/yaml.ts';

const fixtures = path.join(import.meta.dirname, 'fixtures', 'templates');
let workspace: string;

beforeAll(async () => {
  workspace = await mkdtemp(path.join(tmpdir(), 'templates '));
});

afterAll(async () => {
  await rm(workspace, { recursive: true });
});

async function definitions(folder: string) {
  const yaml = await readYaml(folder, 'dvc.yaml', { exact: true });
  return stageDefinitions(yaml!, { workspace: folder, defaults: 'params.yaml' });
}

async function write(dvcYaml: string, params = '') {
  await writeFile(path.join(workspace, 'dvc.yaml'), dvcYaml);
  await writeFile(path.join(workspace, 'params.yaml'), params);
}

async function refusal(dvcYaml: string, params = ''): Promise<UserError> {
  await write(dvcYaml, params);
  const thrown: unknown = await readPipeline(workspace).catch((error: unknown) => error);
  expect(thrown).toBeInstanceOf(UserError);
  return thrown as UserError;
}

test('vars, templates, foreach and matrix make the stages that DVC 3.67.1 makes of them', async () => {
  const wanted: unknown = JSON.parse(await readFile(path.join(fixtures, 'resolved.json'), 'utf8'));
  const found = await definitions(fixtures);
  expect(Object.fromEntries(found.map(({ name, value }) => [name, value]))).toEqual(wanted);
  expect(found.map(({ name }) => name)).toEqual(Object.keys(wanted as object));
});

describe('a template that cannot be filled in', () => {
  test('names an unknown value and its line', async () => {
    const error = await refusal('stages:\n  a:\n    cmd: echo hi\n    deps:\n      - ${nowhere}\n');
    expect(error.message).toContain('${nowhere} is not known');
    expect(error.place).toMatchObject({ file: 'dvc.yaml', line: 5 });
  });

  test.each([
    ['stages:\n  a:\n    cmd: echo ${}\n', 'names no value'],
    ['stages:\n  a:\n    cmd: echo ${a..b}\n', 'names no value'],
    ['stages:\n  a:\n    cmd: x\n    deps: ["${list}"]\n', 'is a list'],
    ['stages:\n  a:\n    cmd: x-${list}\n', 'is a list'],
    ['stages:\n  a:\n    cmd: x\n    wdir: ${map}\n', 'is a mapping'],
    ['vars:\n  - gone.yaml\nstages:\n  a:\n    cmd: x\n', 'does not exist'],
    ['vars:\n  - list: 3\nstages:\n  a:\n    cmd: x\n', "'list', which is defined already"],
    ['vars:\n  - 3\nstages:\n  a:\n    cmd: x\n', 'neither a file nor a mapping'],
    ['vars: 3\nstages:\n  a:\n    cmd: x\n', 'is no list'],
    ['stages:\n  a:\n    foreach: 3\n    do:\n      cmd: x\n', 'neither a list nor a mapping'],
    ['stages:\n  a:\n    foreach: [1]\n', 'stand together'],
    ['stages:\n  a:\n    matrix: {x: 3}\n    cmd: x\n', 'is no list'],
    ['stages:\n  a:\n    matrix: 3\n    cmd: x\n', 'is no mapping'],
  ])('%j', async (dvcYaml, message) => {
    const error = await refusal(dvcYaml, 'list: [1]\nmap: {a: 1}\n');
    expect(error.message).toContain(message);
    expect(error.place?.line).toBeGreaterThan(0);
  });

  test('a matrix that would make billions of stages ends at once', async () => {
    const axis = `[${Array.from({ length: 99 }, (_, index) => index).join(', ')}]`;
    const axes = Array.from({ length: 9 }, (_, index) => `      a${index}: ${axis}`).join('\n');
    const error = await refusal(`stages:\n  a:\n    matrix:\n${axes}\n    cmd: x\n`);
    expect(error.message).toContain('more than 100000 stages');
  });
});

test('parameters that no template needs are not read', async () => {
  await write('stages:\n  a:\n    cmd: echo $HOME\n', '- not\n- a mapping\n');
  expect((await readPipeline(workspace)).stages).toHaveLength(1);
});

test('a template cannot reach what a mapping inherits', async () => {
  const error = await refusal('stages:\n  a:\n    cmd: echo ${map.constructor}\n', 'map: {a: 1}\n');
  expect(error.message).toContain('is not known');
});
