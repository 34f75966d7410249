import { execFile } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { UserError } from '../../src/errors.ts';
import type { Model } from '../../src/onnx/model.ts';
import { raiseModel } from '../../src/onnx/raise.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

describe('raising the operator set', () => {
  test('every operator that changed computes what it did before', async () => {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [
        '--import',
        'tsx',
        path.join(root, '__tests__/onnx/raise-check.ts'),
        path.join(root, 'node_modules/onnxruntime-node'),
      ],
      { cwd: root },
    );
    const differences = JSON.parse(stdout) as { name: string; opset: number; difference: number }[];
    expect(differences.length).toBeGreaterThan(20);
    expect(differences.filter(({ difference }) => !(difference <= 1e-6))).toEqual([]);
    expect(differences.every(({ opset }) => opset === 20)).toBe(true);
  });

  const empty: Model = {
    irVersion: 8,
    producerName: '',
    producerVersion: '',
    domain: '',
    modelVersion: 0,
    docString: '',
    opsetImports: [{ domain: '', version: 8 }],
    graph: {
      name: '',
      nodes: [],
      inputs: [],
      outputs: [],
      initializers: [],
      sparseInitializers: [],
      valueInfo: [],
    },
    functions: [],
    metadata: new Map(),
  };

  test('what is too old is refused, and what is newer stays', () => {
    expect(() => raiseModel(empty, 20, (tensor) => tensor)).toThrow(UserError);
    const newer = { ...empty, opsetImports: [{ domain: '', version: 23 }] };
    expect(raiseModel(newer, 20, (tensor) => tensor).opsetImports).toEqual(newer.opsetImports);
  });
});
