import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { seededRandom } from '../../src/evaluation/statistics/random.ts';
import { modelCi, root } from '../cli/model-ci.ts';
import { float32, int64, npz } from '../training/data-set.ts';

export const runtime = path.join(root, 'node_modules/onnxruntime-node');

export const POLICY = {
  models: {
    points: {
      path: 'models/points',
      evaluation: {
        data: 'data/test.npz',
        inputs: { x: 'x' },
        gates: { accuracy: { min: 0.9, 'max-regression': 0.02 } },
      } as Record<string, unknown>,
    },
  },
};

/** Points in the plane, of class 1 where x > y; `noise` of the labels are wrong. */
export function points(count: number, noise = 0.02) {
  const random = seededRandom(5);
  const x: number[] = [];
  const labels: number[] = [];
  for (let row = 0; row < count; row++) {
    const [a, b] = [random() * 2 - 1, random() * 2 - 1];
    x.push(a, b);
    labels.push(Number(a > b) ^ Number(random() < noise));
  }
  return { x: float32([count, 2], x), labels: int64([count], labels) };
}

/** A folder with a policy, a test set and a model. */
export class Repository {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async create(model: Uint8Array): Promise<Repository> {
    const repository = new Repository(await mkdtemp(path.join(tmpdir(), 'evaluate a model ')));
    await repository.write('models/points/model.onnx', model);
    await repository.write('models/points/README.md', '# Points\n');
    await repository.write('data/test.npz', npz(points(400)));
    await repository.policy({});
    return repository;
  }

  async write(file: string, content: string | Uint8Array): Promise<void> {
    const absolute = path.join(this.folder, file);
    await mkdir(path.dirname(absolute), { recursive: true });
    await writeFile(absolute, content);
  }

  /** The policy, with `changes` to its evaluation. JSON is YAML. */
  async policy(changes: Readonly<Record<string, unknown>>): Promise<void> {
    const evaluation = { ...POLICY.models.points.evaluation, ...changes };
    const policy = { models: { points: { ...POLICY.models.points, evaluation } } };
    await this.write('.github/model-ci.yml', JSON.stringify(policy));
  }

  read(file: string): Promise<string> {
    return readFile(path.join(this.folder, file), 'utf8');
  }

  /** `model-ci evaluate`; `report` is its JSON. */
  async evaluate(...options: readonly string[]) {
    const ran = await modelCi(this.folder, [
      'evaluate',
      '--format',
      'json',
      '--runtime',
      runtime,
      ...options,
    ]);
    return { ...ran, report: () => JSON.parse(ran.stdout) as EvaluationReport };
  }
}

export interface EvaluationReport {
  readonly verdict: string;
  readonly headline: string;
  readonly baseline: { readonly name: string } | null;
  readonly baselineReason: string;
  readonly gates: readonly {
    readonly metric: string;
    readonly rule: string;
    readonly outcome: string;
    readonly passed?: boolean;
    readonly value?: number;
    readonly examplesNeeded?: number;
  }[];
  readonly metrics: Readonly<Record<string, { readonly candidate: number }>>;
  readonly latency: { readonly candidate: { readonly rounds: number; readonly medianMs: number } };
  readonly pairs: { readonly broken: number; readonly fixed: number } | null;
}
