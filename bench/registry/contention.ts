/**
 * Eight processes, each in a clone of its own, register fifty versions each and fight over one
 * environment. After npm run build:
 * tsx bench/registry/contention.ts [WRITERS] [VERSIONS] [disk|http] [together|apart]
 * apart: as if on machines of their own, where they cannot queue up for their turn.
 */
import { Clone } from '../../__tests__/registry/clone.ts';
import { fsck } from '../../__tests__/registry/commands.ts';
import { startGitHub } from '../../__tests__/services/github.ts';
import { modelCi } from './trial.ts';

const [writers = 8, versions = 50] = process.argv.slice(2, 4).map(Number);
const overHttp = process.argv[4] === 'http';
const apart = process.argv[5] === 'apart';

/** What one command told, as its JSON has it. */
interface Told {
  readonly tag: string;
  readonly status: string;
  readonly retries: number;
  readonly standing?: { readonly tag: string };
  readonly milliseconds: number;
}

const origin = await Clone.create();
const github = overHttp
  ? await startGitHub(origin.root, {
      repository: 'lab/digits',
      tokens: { t: { login: 'ada', permissions: { contents: 'write' } } },
    })
  : undefined;
if (github) origin.git('push', '--quiet', github.folder, 'main');
const folder = github?.folder ?? origin.remote;

/** Commits and tags are there before the clock runs: what is measured is the registry. */
async function prepare(index: number): Promise<Clone> {
  const clone = origin.another(`writer-${index}`);
  for (let number = 0; number < versions; number++) {
    await clone.write('models/digits/model.onnx', `writer ${index}, version ${number}`);
    clone.git('commit', '--quiet', '--all', '--message', `${index}.${number}`);
    clone.git('tag', `digits@v${index}.${number}.0`);
    clone.git('tag', place(index, number));
  }
  clone.git('push', '--quiet', '--tags', folder);
  clone.git('remote', 'set-url', 'origin', github?.remote('t') ?? folder);
  return clone;
}

/** Everybody's first, then everybody's second: each overtakes the others all the time. */
const place = (index: number, number: number) =>
  `digits#production#${number * writers + index + 1}`;

async function write(clone: Clone, index: number): Promise<Told[]> {
  const told: Told[] = [];
  for (let number = 0; number < versions; number++) {
    const version = `digits@v${index}.${number}.0`;
    clone.git('checkout', '--quiet', version);
    for (const tag of [version, place(index, number)]) {
      const command = ['register', tag, '--format', 'json'];
      const temporary = apart ? clone.workspace : clone.root;
      const ended = await modelCi(clone.workspace, command, { TMPDIR: temporary });
      const { output, code, milliseconds } = ended;
      if (code !== 0 && code !== 1) throw new Error(`${tag}: ${output}`);
      const said = JSON.parse(output) as Omit<Told, 'tag' | 'milliseconds'>;
      told.push({ ...said, tag, milliseconds });
    }
  }
  return told;
}

const clones: Clone[] = [];
for (let index = 0; index < writers; index++) clones.push(await prepare(index));
const started = performance.now();
const told = (await Promise.all(clones.map(write))).flat();
const seconds = (performance.now() - started) / 1000;

const count = (status: string) => told.filter((each) => each.status === status).length;
const losers = told.filter(({ status }) => status === 'conflict');
const retries = told.map((each) => each.retries).sort((a, b) => a - b);
const waited = told.map(({ milliseconds }) => milliseconds).sort((a, b) => a - b);
const at = (sorted: readonly number[], part: number) =>
  Math.round(sorted[Math.floor((sorted.length - 1) * part)] ?? 0);

origin.git('remote', 'set-url', 'origin', folder);
const { result, report } = await fsck(origin);
const ledger = (...command: string[]) => origin.git('--git-dir', folder, ...command);
console.log(
  JSON.stringify(
    {
      remote: overHttp ? 'Git over HTTP' : 'folder',
      writers: apart ? `${writers}, apart` : writers,
      transactions: told.length,
      registered: count('registered'),
      versionsInLedger: result.versions,
      expected: writers * versions,
      commits: ledger('log', '--format=%s', 'model-registry').split('\n').length,
      linear: ledger('rev-list', '--merges', 'model-registry') === '',
      assigned: count('assigned'),
      overruled: losers.length,
      overruledAndToldByWhom: losers.filter(({ standing }) => standing?.tag).length,
      sound: report.passed,
      retries: {
        total: retries.reduce((sum, each) => sum + each, 0),
        median: at(retries, 0.5),
        p95: at(retries, 0.95),
        most: retries.at(-1),
      },
      millisecondsATransaction: {
        median: at(waited, 0.5),
        p95: at(waited, 0.95),
        most: at(waited, 1),
      },
      seconds: Math.round(seconds),
      transactionsASecond: Math.round((10 * told.length) / seconds) / 10,
    },
    null,
    2,
  ),
);
await github?.close();
await origin.remove();
