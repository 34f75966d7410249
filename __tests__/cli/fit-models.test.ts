import { existsSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { int } from '../../src/onnx/attributes.ts';
import { GraphBuilder } from '../../src/onnx/builder.ts';
import { bytesOf, toBytes } from '../../src/onnx/element-type.ts';
import { DATA_TYPE } from '../../src/onnx/model.ts';
import { writeModel } from '../../src/onnx/write.ts';
import { fitRig, runtime, type FitRig } from './fit-rig.ts';
import { modelCi } from './model-ci.ts';

let folder: string;
let fit: FitRig['fit'];

beforeAll(async () => {
  ({ folder, fit } = await fitRig());
});

/** Writes what `build` makes of the input `x` [batch, 2] of `dataType`. */
async function model(
  name: string,
  build: (builder: GraphBuilder, x: string) => string,
  dataType: number = DATA_TYPE.float,
): Promise<void> {
  const builder = new GraphBuilder();
  const end = build(builder, builder.input('x', dataType, ['batch', 2]));
  builder.node('Identity', [end], ['scores']);
  builder.output('scores', dataType, ['batch', 2]);
  await writeModel(path.join(folder, name), {
    irVersion: 9,
    producerName: '',
    producerVersion: '',
    domain: '',
    modelVersion: 0,
    docString: '',
    opsetImports: [{ domain: '', version: 17 }],
    graph: builder.graph('test'),
    functions: [],
    metadata: new Map(),
  });
}

const square = Float32Array.of(0.5, -0.25, 0.75, 1);
const weight = (builder: GraphBuilder, name: string) =>
  builder.initializer(name, DATA_TYPE.float, [2, 2], bytesOf(square));
const vector = (builder: GraphBuilder, name: string) =>
  builder.initializer(name, DATA_TYPE.float, [2], bytesOf(Float32Array.of(1, 1)));

describe('a model of somebody else', () => {
  test('whose layers share a weight is trained, and that is said', async () => {
    await model('tied.onnx', (builder, x) => {
      const tied = weight(builder, 'tied');
      const hidden = builder.op('Tanh', [builder.op('MatMul', [x, tied])]);
      return builder.op('MatMul', [hidden, tied]);
    });
    const ran = await fit({ model: '{ from: tied.onnx, train: all }', epochs: '1' });
    expect(ran.code).toBe(0);
    expect(ran.report().parameters).toBe(4);
    const told = await modelCi(folder, ['fit', '--runtime', runtime]);
    expect(told.stderr).toContain('Used in several places, and trained as one: tied.');
  });

  test('whose normalisations share a statistic cannot learn it from batches', async () => {
    await model('norms.onnx', (builder, x) => {
      const parts = ['scale', 'shift', 'mean', 'variance'].map((name) => vector(builder, name));
      const hidden = builder.op('MatMul', [x, weight(builder, 'w')]);
      return builder.op('BatchNormalization', [
        builder.op('BatchNormalization', [hidden, ...parts]),
        ...parts,
      ]);
    });
    const batch = { model: '{ from: norms.onnx, train: all, batch-norm: batch }', epochs: '1' };
    const refused = await fit(batch);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain("share the statistic 'mean'");
    const running = await fit({ ...batch, model: '{ from: norms.onnx, train: all }' });
    expect(running.code).toBe(0);
  });

  test('with an operator that has no gradient is refused by its name', async () => {
    await model('mod.onnx', (builder, x) => {
      const hidden = builder.op('MatMul', [x, weight(builder, 'first')]);
      builder.node('Mod', [hidden, builder.constant(DATA_TYPE.float, [], [1])], ['rest'], {
        fmod: int(1),
      });
      return builder.op('MatMul', ['rest', weight(builder, 'last')]);
    });
    const ran = await fit({ model: '{ from: mod.onnx, train: all }', out: 'never.onnx' });
    expect(ran.code).toBe(2);
    expect(ran.stderr).toMatch(/ai\.onnx\.Mod \(node '[^']*Mod'\) has no gradient rule/);
    expect(existsSync(path.join(folder, 'never.onnx'))).toBe(false);
    // What comes behind it can be trained.
    expect((await fit({ model: '{ from: mod.onnx }', epochs: '1' })).code).toBe(0);
  });

  test('in float64 is refused by its type', async () => {
    await model(
      'double.onnx',
      (builder, x) => {
        const bytes = toBytes(DATA_TYPE.double, [...square]);
        return builder.op('MatMul', [x, builder.initializer('w', DATA_TYPE.double, [2, 2], bytes)]);
      },
      DATA_TYPE.double,
    );
    const ran = await fit({ model: '{ from: double.onnx, train: all }' });
    expect(ran.code).toBe(2);
    expect(ran.stderr).toContain('float64');
  });

  test('in float16 is refused by its type, with the name of a weight', async () => {
    const { float, float16 } = DATA_TYPE;
    await model('half.onnx', (builder, x) => {
      const half = builder.op('Cast', [x], { to: int(float16) });
      const zeros = builder.initializer('half.weight', float16, [2, 2], new Uint8Array(8));
      return builder.op('Cast', [builder.op('MatMul', [half, zeros])], { to: int(float) });
    });
    for (const train of ['head', 'all', "['half.*']"]) {
      const ran = await fit({ model: `{ from: half.onnx, train: ${train} }`, out: 'never.onnx' });
      expect(ran.code).toBe(2);
      expect(ran.stderr).toMatch(/float16.*half\.weight|half\.weight.*float32/);
      expect(existsSync(path.join(folder, 'never.onnx'))).toBe(false);
    }
  });

  test('drops where its Dropout nodes are asked to', async () => {
    const lossOf = async (dropout: string) => {
      const out = `dropout-${dropout}.onnx`;
      const spec = { model: `{ from: drop.onnx, train: all, dropout: ${dropout} }`, epochs: '1' };
      const { code, report } = await fit({ ...spec, out, validation: '{ share: 0.2 }' });
      expect(code).toBe(0);
      return report().epochs[0]!.loss;
    };
    await model('drop.onnx', (builder, x) => {
      const hidden = builder.op('Tanh', [builder.op('MatMul', [x, weight(builder, 'first')])]);
      return builder.op('MatMul', [builder.op('Dropout', [hidden]), weight(builder, 'last')]);
    });
    expect(await lossOf('true')).not.toBe(await lossOf('false'));
  });
});
