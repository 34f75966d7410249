/**
 * model-ci beside picklescan, ModelScan, fickling and ModelAudit on a labelled corpus, in one run:
 * how many bad files each of them finds, and how many good ones it blames. The peers run inside one
 * process each, which spares them 0.3 to 1.5 s a file; times are therefore not compared here.
 * Needs scripts/peers/scanners.sh. After npm run build: tsx bench/lint/peers.ts FOLDER MANIFEST
 */
import { columns } from '../../src/report/text.ts';
import { ask, type Outcomes } from './ask.ts';
import { pathOf, readCorpus, type Entry } from './corpus.ts';
import { lint } from './model-ci.ts';

const PEERS = ['picklescan', 'modelscan', 'fickling', 'modelaudit'] as const;

/** What all of the peers read. */
const PICKLE_FORMATS = new Set(['pickle', 'pytorch', 'joblib', 'npy', 'npz', '7z']);

async function askOurselves(paths: readonly string[]): Promise<Outcomes> {
  const outcomes: string[] = [];
  for (const target of paths) outcomes.push((await lint(target)).outcome);
  return outcomes;
}

function row(name: string, entries: readonly Entry[], outcomes: Outcomes): string[] {
  const of = (matches: (entry: Entry) => boolean, outcome: (text: string) => boolean): string => {
    const those = entries.flatMap((entry, index) =>
      matches(entry) ? [outcomes[index] ?? ''] : [],
    );
    const count = those.filter(outcome).length;
    return `${count}/${those.length} (${((100 * count) / those.length).toFixed(1)} %)`;
  };
  const found = (text: string) => text === 'warn' || text === 'reject';
  return [
    name,
    of(({ expect }) => expect !== 'ok', found),
    of(
      ({ expect }) => expect === 'reject',
      (text) => text === 'reject',
    ),
    of(({ accept }) => !accept.includes('warn') && !accept.includes('reject'), found),
    of(
      ({ expect }) => expect === 'ok',
      (text) => text === 'reject',
    ),
    of(
      () => true,
      (text) => text === 'crash' || text === 'timeout' || text === 'memory',
    ),
  ];
}

function print(title: string, entries: readonly Entry[], all: ReadonlyMap<string, Outcomes>): void {
  const rows = [['', 'bad found', 'bad rejected', 'good blamed', 'good rejected', 'no answer']];
  for (const [name, outcomes] of all) rows.push(row(name, entries, outcomes));
  console.log(`\n${title}: ${entries.length} files\n${columns(rows)}`);
}

const [folder, manifest] = process.argv.slice(2);
if (folder === undefined || manifest === undefined) throw new Error('usage: FOLDER MANIFEST');
const corpus = await readCorpus(folder, manifest);
// A debatable file is nobody's mistake.
const entries = corpus.entries.filter(({ tier }) => tier !== 'debatable');
const paths = entries.map((entry) => pathOf(corpus, entry));
const outcomes = new Map([['model-ci', await askOurselves(paths)]]);
for (const peer of PEERS) outcomes.set(peer, await ask(peer, paths));

print('The whole corpus', entries, outcomes);
const isPickle = entries.map(({ format }) => PICKLE_FORMATS.has(format));
print(
  'What every peer reads',
  entries.filter((_, index) => isPickle[index]),
  new Map(Array.from(outcomes, ([name, all]) => [name, all.filter((_, index) => isPickle[index])])),
);
