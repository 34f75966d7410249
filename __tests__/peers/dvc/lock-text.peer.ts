import { expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { lockYaml } from '../../../src/project/lock-text.ts';
import { root } from '../../cli/model-ci.ts';
import { parseDocuments } from '../../project/documents.ts';

test.each([1, 2, 3, 4])(
  '2,500 random documents are written as DVC writes them: seed %i',
  async (seed) => {
    const python = path.join(root, '.peers/dvc/bin/python');
    const script = path.join(root, '__tests__/peers/dvc/documents.py');
    const { stdout } = await promisify(execFile)(python, [script, String(seed), '2500'], {
      maxBuffer: 256 * 1024 * 1024,
    });
    const documents = parseDocuments(stdout);
    expect(documents.length).toBe(2500);
    for (const { value, text } of documents) expect(lockYaml(value)).toBe(text);
  },
);
