import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { mkdir, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { UserError } from '../../src/errors.ts';
import { memorySource } from '../../src/formats/source.ts';
import {
  DATA_TYPE,
  type Attribute,
  type Graph,
  type Model,
  type Tensor,
  type TensorData,
} from '../../src/onnx/model.ts';
import { patchModel } from '../../src/onnx/patch.ts';
import { readModelFrom, readSoundModel } from '../../src/onnx/read.ts';
import { loadTensor } from '../../src/onnx/tensor.ts';
import { encodeModel, modelChunks, writeModel } from '../../src/onnx/write.ts';

const name = fc.string({ maxLength: 12 });
const float32 = fc.float({ noNaN: true });

const tensor: fc.Arbitrary<Tensor> = fc
  .record({ name, dims: fc.array(fc.nat(3), { maxLength: 3 }) })
  .chain(({ name, dims }) => {
    const length = dims.reduce((product, dim) => product * dim, 4);
    return fc
      .uint8Array({ minLength: length, maxLength: length })
      .map((bytes) => ({ name, dims, dataType: DATA_TYPE.float, data: { kind: 'bytes', bytes } }));
  });

const { graph } = fc.letrec<{ graph: Graph; attribute: Attribute }>((tie) => ({
  graph: fc.record({
    name,
    nodes: fc.array(
      fc.record({
        name,
        domain: name,
        opType: name,
        inputs: fc.array(name, { maxLength: 3 }),
        outputs: fc.array(name, { maxLength: 3 }),
        attributes: fc
          .uniqueArray(fc.tuple(name, tie('attribute')), { selector: ([key]) => key, maxLength: 3 })
          .map((entries) => new Map(entries)),
      }),
      { maxLength: 3 },
    ),
    inputs: fc.array(valueInfo(), { maxLength: 2 }),
    outputs: fc.array(valueInfo(), { maxLength: 2 }),
    initializers: fc.array(tensor, { maxLength: 2 }),
    sparseInitializers: fc.constant([]),
    valueInfo: fc.array(valueInfo(), { maxLength: 2 }),
  }),
  attribute: fc.oneof(
    { maxDepth: 2 },
    fc.record({ type: fc.constant('float' as const), value: float32 }),
    fc.record({
      type: fc.constant('int' as const),
      value: fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n),
    }),
    fc.record({ type: fc.constant('string' as const), value: name }),
    fc.record({ type: fc.constant('floats' as const), value: fc.array(float32, { maxLength: 3 }) }),
    fc.record({
      type: fc.constant('ints' as const),
      value: fc.array(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), { maxLength: 3 }),
    }),
    fc.record({ type: fc.constant('strings' as const), value: fc.array(name, { maxLength: 3 }) }),
    fc.record({ type: fc.constant('tensor' as const), value: tensor }),
    fc.record({ type: fc.constant('graph' as const), value: tie('graph') }),
  ),
}));

function valueInfo() {
  return fc.record({
    name,
    elementType: fc.constant(DATA_TYPE.float as number),
    dims: fc.option(
      fc.array(fc.oneof(fc.nat(), fc.string({ minLength: 1, maxLength: 5 }), fc.constant(null)), {
        maxLength: 3,
      }),
      { nil: undefined },
    ),
  });
}

const model: fc.Arbitrary<Model> = fc.record({
  irVersion: fc.nat(20),
  producerName: name,
  producerVersion: name,
  domain: name,
  modelVersion: fc.nat(),
  docString: name,
  opsetImports: fc.array(fc.record({ domain: name, version: fc.nat(30) }), { maxLength: 2 }),
  graph,
  functions: fc.constant([]),
  metadata: fc
    .uniqueArray(fc.tuple(name, name), { selector: ([key]) => key, maxLength: 2 })
    .map((entries) => new Map(entries)),
});

/** What was read, with the tensors' bytes taken out of the file again. */
function inMemory(value: unknown, file: Uint8Array): unknown {
  if (value instanceof Map) {
    return new Map(Array.from(value, ([key, item]) => [key, inMemory(item, file)]));
  }
  if (Array.isArray(value)) return value.map((item) => inMemory(item, file));
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  const data = value as TensorData;
  if (data.kind === 'file') {
    const bytes = file.slice(data.offset, data.offset + data.length);
    return { kind: 'bytes', bytes };
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, inMemory(item, file)]),
  );
}

describe('writing ONNX', () => {
  test('what is written is what is read', () => {
    fc.assert(
      fc.property(model, (written) => {
        const bytes = encodeModel(written);
        const { model: read, problems } = readModelFrom(memorySource(bytes));
        expect(problems.filter(({ kind }) => kind !== 'inconsistent')).toEqual([]);
        const expected = inMemory(written, bytes);
        expect(inMemory(read, bytes)).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });

  test('large weights are not copied', () => {
    const bytes = new Uint8Array(1 << 20);
    const chunks = modelChunks(modelWith([weight('w', bytes)]));
    expect(chunks).toContain(bytes);
  });

  test('values that were not loaded are refused', () => {
    const lazy: Tensor = {
      ...weight('w', new Uint8Array(4)),
      data: { kind: 'file', offset: 0, length: 4 },
    };
    expect(() => encodeModel(modelWith([lazy]))).toThrow(UserError);
  });

  test('a file that cannot be replaced is left as it is, and nothing beside it', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'write '));
    const file = path.join(folder, 'model.onnx');
    await writeModel(file, modelWith([weight('w', Uint8Array.of(1, 2, 3, 4))]));
    const before = await readFile(file);
    await expect(
      writeModel(path.join(folder, 'no', 'model.onnx'), modelWith([])),
    ).rejects.toThrow();
    await expect(
      writeModel(
        file,
        modelWith([{ ...weight('w', before), data: { kind: 'file', offset: 0, length: 4 } }]),
      ),
    ).rejects.toThrow();
    expect(await readFile(file)).toEqual(before);
    expect(await readdir(folder)).toEqual(['model.onnx']);
  });
});

describe('patching ONNX', () => {
  test('only the bytes of the tensor change, and the source stays', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'patch '));
    const source = path.join(folder, 'a.onnx');
    await writeModel(
      source,
      modelWith([weight('a', Uint8Array.of(1, 2, 3, 4)), weight('b', Uint8Array.of(9, 9, 9, 9))]),
    );
    const original = await readFile(source);
    const read = await readSoundModel(source);
    const [first] = read.graph.initializers;
    const target = path.join(folder, 'out', 'b.onnx');
    await patchModel(source, target, [{ tensor: first!, bytes: Uint8Array.of(5, 6, 7, 8) }]);

    const patched = await readFile(target);
    const changed = Array.from(patched.keys()).filter(
      (index) => patched[index] !== original[index],
    );
    expect(changed).toHaveLength(4);
    expect(loadTensor(target, (await readSoundModel(target)).graph.initializers[0]!)).toEqual(
      Uint8Array.of(5, 6, 7, 8),
    );
    expect(await readFile(source)).toEqual(original);
  });

  test('external data are copied beside the new file, in another folder only', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'patch '));
    const source = path.join(folder, 'a.onnx');
    await writeFile(path.join(folder, 'a.data'), Uint8Array.of(0, 0, 0, 0, 1, 2, 3, 4));
    const outside: Tensor = {
      name: 'w',
      dataType: DATA_TYPE.float,
      dims: [1],
      data: {
        kind: 'external',
        entries: new Map([
          ['location', 'a.data'],
          ['offset', '4'],
          ['length', '4'],
        ]),
      },
    };
    await writeModel(source, modelWith([outside]));
    const replacement = [{ tensor: outside, bytes: Uint8Array.of(5, 6, 7, 8) }];
    await patchModel(source, path.join(folder, 'out', 'a.onnx'), replacement);
    expect(await readFile(path.join(folder, 'out', 'a.data'))).toEqual(
      Buffer.of(0, 0, 0, 0, 5, 6, 7, 8),
    );
    expect(await readFile(path.join(folder, 'a.data'))).toEqual(Buffer.of(0, 0, 0, 0, 1, 2, 3, 4));
    await expect(patchModel(source, path.join(folder, 'b.onnx'), replacement)).rejects.toThrow(
      UserError,
    );
    expect((await readdir(folder)).toSorted()).toEqual(['a.data', 'a.onnx', 'out']);
  });

  test.each([
    ['../secret', 'outside'],
    ['/etc/hostname', 'outside'],
    ['', 'outside'],
    ['missing', 'missing'],
  ])('external data at %j are refused', async (location, reason) => {
    const parent = await mkdtemp(path.join(tmpdir(), 'external '));
    await writeFile(path.join(parent, 'secret'), 'abcd');
    const folder = path.join(parent, 'model');
    await mkdir(folder);
    const tensor: Tensor = {
      name: 'w',
      dataType: DATA_TYPE.float,
      dims: [1],
      data: { kind: 'external', entries: new Map([['location', location]]) },
    };
    const file = path.join(folder, 'm.onnx');
    await writeModel(file, modelWith([tensor]));
    expect(() => loadTensor(file, tensor)).toThrow(reason);
  });
});

function weight(name: string, bytes: Uint8Array): Tensor {
  return {
    name,
    dataType: DATA_TYPE.float,
    dims: [bytes.length / 4],
    data: { kind: 'bytes', bytes },
  };
}

function modelWith(initializers: readonly Tensor[]): Model {
  return {
    irVersion: 9,
    producerName: '',
    producerVersion: '',
    domain: '',
    modelVersion: 0,
    docString: '',
    opsetImports: [{ domain: '', version: 20 }],
    graph: {
      name: 'g',
      nodes: [],
      inputs: [],
      outputs: [],
      initializers,
      sparseInitializers: [],
      valueInfo: [],
    },
    functions: [],
    metadata: new Map(),
  };
}
