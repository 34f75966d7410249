import path from 'node:path';
import { UserError } from '../errors.ts';
import { inWorkspace, type Pipeline, type Stage } from '../project/pipeline-file.ts';
import { OutputIndex } from './output-index.ts';

/** The stages of a pipeline and what each of them waits for. */
export interface Graph {
  /** Every stage after those that it depends on. */
  readonly order: readonly Stage[];
  /** Stage -> the stages that make its dependencies. */
  readonly upstream: ReadonlyMap<Stage, readonly Stage[]>;
}

/**
 * Orders the stages.
 * @throws UserError, with the line, for outputs that two stages make and for a cycle.
 */
export function graphOf({ stages }: Pipeline): Graph {
  const outputs = new OutputIndex();
  for (const stage of stages) addOutputs(outputs, stage);
  for (const stage of stages) {
    checkCheckpoint(stage, outputs);
    checkWeights(stage, outputs);
  }
  const upstream = new Map(stages.map((stage) => [stage, makersFor(stage, outputs)]));
  return { order: sort(stages, upstream), upstream };
}

/**
 * What must be considered for `targets`: the stages of these names and, unless `single`, all that
 * they depend on. The name of a group (`foreach`, `matrix`) stands for all stages of it.
 * @throws UserError for a name that no stage has.
 */
export function select(
  graph: Graph,
  targets: readonly string[],
  { single = false } = {},
): readonly Stage[] {
  if (targets.length === 0) return graph.order;
  const wanted = new Set<Stage>();
  for (const target of targets) {
    const named = graph.order.filter(
      ({ name }) => name === target || name.startsWith(`${target}@`),
    );
    if (named.length === 0) {
      throw new UserError(`no stage is called '${target}'`, {
        hint: `The stages are: ${graph.order.map(({ name }) => name).join(', ')}.`,
      });
    }
    for (const stage of named) wanted.add(stage);
  }
  // A set takes in what is added to it while it is gone through. What a frozen stage depends on
  // is not made for its sake.
  for (const stage of wanted) {
    if (stage.frozen || single) continue;
    for (const before of graph.upstream.get(stage) ?? []) wanted.add(before);
  }
  return graph.order.filter((stage) => wanted.has(stage));
}

/** Whether each of `stages` waits for the one before it, so that no two can run at once. */
export function isChain({ upstream }: Graph, stages: readonly Stage[]): boolean {
  return stages.every((stage, index) => {
    const before = stages[index - 1];
    return before === undefined || upstream.get(stage)?.includes(before);
  });
}

function addOutputs(outputs: OutputIndex, stage: Stage): void {
  const deps = new Set(stage.deps.map((dep) => inWorkspace(stage, dep)));
  for (const out of stage.outs) {
    const file = inWorkspace(stage, out.path);
    if (isForbidden(out.path, file)) throw forbidden(stage, out.path);
    const other = outputs.overlapping(file);
    if (other) {
      const what = other.file === file ? file : `${other.file} and ${file}`;
      const who =
        other.stage === stage
          ? `stage '${stage.name}' makes ${what} twice`
          : `stages '${other.stage.name}' and '${stage.name}' both make ${what}`;
      throw new UserError(who, {
        hint: 'An output has one stage, and none lies inside another: rename one of them.',
        place: stage.place,
      });
    }
    if (deps.has(file)) {
      throw new UserError(`stage '${stage.name}' depends on ${file}, which it makes itself`, {
        hint: 'Take it out of deps or out of outs.',
        place: stage.place,
      });
    }
    outputs.add(file, stage);
  }
}

/** A checkpoint is replaced before its stage runs: it must be nothing that anybody else needs. */
function checkCheckpoint(stage: Stage, outputs: OutputIndex): void {
  const { checkpoint } = stage.options;
  if (!checkpoint) return;
  const file = inWorkspace(stage, checkpoint.path);
  const inputs = [...stage.deps, ...stage.params.map((params) => params.file)];
  const overlaps = inputs
    .map((input) => inWorkspace(stage, input))
    .some((input) => input === file || isBelow(input, file) || isBelow(file, input));
  const isAnothers = outputs.makersOf(file).some((maker) => maker !== stage);
  if (!overlaps && !isAnothers && !isForbidden(checkpoint.path, file)) return;
  throw new UserError(`stage '${stage.name}' cannot have its checkpoint in ${file}`, {
    hint: 'It is replaced before the stage runs: name a path that is no dependency and no output of another stage.',
    place: stage.place,
  });
}

/** As a dependency they make the stage run when they change, also with DVC. */
function checkWeights(stage: Stage, outputs: OutputIndex): void {
  for (const { to } of stage.options.weights) {
    const isDep = stage.deps.some((dep) => inWorkspace(stage, dep) === inWorkspace(stage, to));
    const [maker] = outputs.makersOf(inWorkspace(stage, to));
    if (isDep && !maker) continue;
    throw new UserError(
      maker
        ? `stage '${maker.name}' makes ${to}, the weights of stage '${stage.name}'`
        : `the weights ${to} of stage '${stage.name}' are no dependency of it`,
      {
        hint: `Name them in its deps as ${to}, and in the outs of no stage.`,
        place: stage.place,
      },
    );
  }
}

function isBelow(file: string, folder: string): boolean {
  return file.startsWith(`${folder}/`);
}

/** An output is deleted before its stage runs: some paths must not even be declared as one. */
function isForbidden(declared: string, file: string): boolean {
  const outside = file === '..' || file.startsWith('../') || path.posix.isAbsolute(declared);
  const own = ['.git', '.dvc', '.model-ci', 'dvc.yaml', 'dvc.lock'];
  return (
    outside || file === '.' || own.some((name) => file === name || file.startsWith(`${name}/`))
  );
}

function forbidden(stage: Stage, file: string): UserError {
  return new UserError(`stage '${stage.name}' cannot have the output ${file}`, {
    hint: 'Outputs lie below the folder of the repository, and none is a file of Git, DVC or model-ci.',
    place: stage.place,
  });
}

/** In the order of the dependencies, as DVC goes through them. */
function makersFor(stage: Stage, outputs: OutputIndex): readonly Stage[] {
  const used = [...stage.deps, ...stage.params.map(({ file }) => file)];
  const makers = new Set(used.flatMap((file) => outputs.makersOf(inWorkspace(stage, file))));
  makers.delete(stage);
  return Array.from(makers);
}

/** Depth first, as DVC runs them; without recursion, since a chain may be long. */
function sort(stages: readonly Stage[], upstream: Graph['upstream']): readonly Stage[] {
  const done = new Set<Stage>();
  const trail = new Set<Stage>();
  for (const start of stages) {
    const open = done.has(start) ? [] : [start];
    for (let stage = open.at(-1); stage !== undefined; stage = open.at(-1)) {
      trail.add(stage);
      const before = upstream.get(stage)?.find((maker) => !done.has(maker));
      if (before && trail.has(before)) throw cycle(trail, before);
      if (before) open.push(before);
      else {
        done.add(stage);
        trail.delete(stage);
        open.pop();
      }
    }
  }
  return Array.from(done);
}

function cycle(trail: ReadonlySet<Stage>, first: Stage): UserError {
  const stages = Array.from(trail);
  const names = [...stages.slice(stages.indexOf(first)), first].map(({ name }) => name);
  return new UserError(`the stages wait for each other: ${names.join(' -> ')}`, {
    hint: 'Break the circle: one of them must not depend on what the others make.',
    place: first.place,
  });
}
