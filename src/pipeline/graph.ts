import { UserError } from '../errors.ts';
import { inWorkspace, type Pipeline, type Stage } from '../project/pipeline-file.ts';

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
  refuseOverlaps(stages);
  const upstream = new Map(
    stages.map((stage) => [stage, stages.filter((other) => feeds(other, stage))]),
  );
  return { order: sort(stages, upstream), upstream };
}

/**
 * What must be considered for `targets`: the stages of these names and all that they depend on.
 * The name of a group (`foreach`, `matrix`) stands for all stages of it.
 * @throws UserError for a name that no stage has.
 */
export function select(graph: Graph, targets: readonly string[]): readonly Stage[] {
  if (targets.length === 0) return graph.order;
  const wanted = new Set<Stage>();
  const add = (stage: Stage) => {
    if (wanted.has(stage)) return;
    wanted.add(stage);
    graph.upstream.get(stage)?.forEach(add);
  };
  for (const target of targets) {
    const named = graph.order.filter(
      ({ name }) => name === target || name.startsWith(`${target}@`),
    );
    if (named.length === 0) {
      throw new UserError(`no stage is called '${target}'`, {
        hint: `The stages are: ${graph.order.map(({ name }) => name).join(', ')}.`,
      });
    }
    named.forEach(add);
  }
  return graph.order.filter((stage) => wanted.has(stage));
}

/** Whether one path is the other, or lies in it. */
export function overlap(a: string, b: string): boolean {
  return a === b || a.startsWith(`${b}/`) || b.startsWith(`${a}/`);
}

function feeds(maker: Stage, user: Stage): boolean {
  if (maker === user) return false;
  const made = maker.outs.map((out) => inWorkspace(maker, out.path));
  const used = [...user.deps, ...user.params.map(({ file }) => file)];
  return used.some((file) => made.some((out) => overlap(out, inWorkspace(user, file))));
}

function refuseOverlaps(stages: readonly Stage[]): void {
  const made: { readonly stage: Stage; readonly file: string }[] = [];
  for (const stage of stages) {
    for (const out of stage.outs) {
      const file = inWorkspace(stage, out.path);
      const other = made.find((known) => overlap(known.file, file));
      if (other) {
        const what = other.file === file ? file : `${other.file} and ${file}`;
        throw new UserError(`stages '${other.stage.name}' and '${stage.name}' both make ${what}`, {
          hint: 'An output has one stage, and none lies inside another: rename one of them.',
          place: stage.place,
        });
      }
      if (stage.deps.some((dep) => inWorkspace(stage, dep) === file)) {
        throw new UserError(`stage '${stage.name}' depends on ${file}, which it makes itself`, {
          hint: 'Take it out of deps or out of outs.',
          place: stage.place,
        });
      }
      made.push({ stage, file });
    }
  }
}

function sort(stages: readonly Stage[], upstream: Graph['upstream']): readonly Stage[] {
  const order: Stage[] = [];
  const done = new Set<Stage>();
  const visit = (stage: Stage, trail: readonly Stage[]) => {
    if (done.has(stage)) return;
    if (trail.includes(stage)) {
      const cycle = [...trail.slice(trail.indexOf(stage)), stage].map(({ name }) => name);
      throw new UserError(`the stages wait for each other: ${cycle.join(' -> ')}`, {
        hint: 'Break the circle: one of them must not depend on what the others make.',
        place: stage.place,
      });
    }
    for (const before of upstream.get(stage) ?? []) visit(before, [...trail, stage]);
    done.add(stage);
    order.push(stage);
  };
  for (const stage of stages) visit(stage, []);
  return order;
}
