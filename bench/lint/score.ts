/**
 * Scores model-ci on a labelled corpus, each file in a process of its own with 30 s and 1 GiB.
 * After npm run build: tsx bench/lint/score.ts FOLDER MANIFEST [--all] [--json FILE]
 * `--all` also shows the rules that spoke for files that were judged as expected.
 */
import { writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { columns } from '../../src/report/text.ts';
import { pathOf, readCorpus, type Entry } from './corpus.ts';
import { lint, type Run } from './model-ci.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'string' }, all: { type: 'boolean' } },
});
const [folder, manifest] = positionals;
if (folder === undefined || manifest === undefined) throw new Error('usage: FOLDER MANIFEST');

interface Scored {
  readonly entry: Entry;
  readonly run: Run;
}

const corpus = await readCorpus(folder, manifest);
const scored: Scored[] = [];
const queue = corpus.entries.values();
await Promise.all(
  Array.from({ length: availableParallelism() }, async () => {
    for (const entry of queue) scored.push({ entry, run: await lint(pathOf(corpus, entry)) });
  }),
);
scored.sort((a, b) => (a.entry.path < b.entry.path ? -1 : 1));

const accepted = ({ entry, run }: Scored) => (entry.accept as string[]).includes(run.outcome);
for (const each of scored) {
  if (accepted(each) && values.all !== true) continue;
  const { entry, run } = each;
  console.log(`${run.outcome}, expected ${entry.accept.join('|')} (${entry.tier}): ${entry.path}`);
  console.log(`    ${entry.why}\n    ${run.rules.join(', ')}`);
}

const rows = [['tier', 'files', 'accepted', 'good: rejected', 'good: warned', 'bad: silent']];
for (const tier of ['core', 'hard', 'policy', 'debatable'] as const) {
  const those = scored.filter(({ entry }) => entry.tier === tier);
  const count = (predicate: (each: Scored) => boolean) => String(those.filter(predicate).length);
  rows.push([
    tier,
    String(those.length),
    count(accepted),
    count(({ entry, run }) => entry.expect === 'ok' && run.outcome === 'reject'),
    count(({ entry, run }) => entry.expect === 'ok' && run.outcome === 'warn'),
    count(({ entry, run }) => entry.expect !== 'ok' && run.outcome === 'ok'),
  ]);
}
console.log(`\n${columns(rows)}`);
const worst = (of: (run: Run) => number) => Math.max(...scored.map(({ run }) => of(run)));
console.log(
  `slowest ${worst(({ seconds }) => seconds).toFixed(2)} s, ` +
    `most memory ${Math.round(worst(({ peak }) => peak) / 1024 ** 2)} MiB`,
);
if (values.json !== undefined) {
  const outcomes = Object.fromEntries(scored.map(({ entry, run }) => [entry.path, run.outcome]));
  await writeFile(values.json, JSON.stringify(outcomes));
}
