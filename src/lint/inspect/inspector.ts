import { MAX_NESTING } from '../../formats/limits.ts';
import { isDeliberate } from '../../formats/pickle/stream.ts';
import { Problems, type Problem } from '../../formats/problem.ts';
import type { Source } from '../../formats/source.ts';
import { UnpackBudget } from '../../formats/unpack.ts';
import { detect, type Format } from '../detect.ts';
import { claimedFormats } from './extensions.ts';
import type { Family, Subject, Subjects } from '../subjects.ts';

/** A part of a file that is being inspected. */
export interface Part {
  readonly source: Source;
  /** Base name of the file or of the member. */
  readonly name: string;
  /** '' for the file itself, else the path of members that lead here. */
  readonly place: string;
  readonly depth: number;
  /** Another part around it that explains persistent ids: a torch archive. */
  readonly inContainer: boolean;
  /** Absolute; undefined inside a container. */
  readonly folder: string | undefined;
}

/** Reads one format: adds subjects to the inspection, and inspects the parts within. */
export type Reader = (inspection: Inspection, part: Part) => void;

/** What the policy asks of an inspection. */
export interface InspectOptions {
  /** Fields that a card must have. */
  readonly requiredFields: readonly string[];
  /** How much of the weights is looked at for values that are no numbers. */
  readonly weights: 'sample' | 'all';
}

export const DEFAULTS: InspectOptions = { requiredFields: [], weights: 'sample' };

/** Collects the subjects of one file, container by container. */
export class Inspection {
  readonly subjects: Subject[] = [];
  readonly budget: UnpackBudget;
  readonly options: InspectOptions;
  readonly #readers: Readonly<Partial<Record<Format, Reader>>>;

  constructor(
    readers: Readonly<Partial<Record<Format, Reader>>>,
    options: InspectOptions,
    budget = new UnpackBudget(),
  ) {
    this.#readers = readers;
    this.options = options;
    this.budget = budget;
  }

  /** Adds a subject for the rules of a family; its structural problems become one of their own. */
  add<F extends Family>(
    part: Part,
    family: F,
    value: Subjects[F],
    problems: readonly Problem[] = [],
  ): void {
    this.subjects.push({ family, value, place: part.place } as Subject);
    if (problems.length > 0) {
      this.subjects.push({ family: 'structure', value: { problems }, place: part.place });
    }
  }

  /** One structural problem that is not a reader's. */
  problem(part: Part, kind: Problem['kind'], message: string): void {
    const problems = new Problems();
    problems.add(kind, message, 0);
    this.subjects.push({
      family: 'structure',
      value: { problems: problems.list },
      place: part.place,
    });
  }

  /** Reads a part by its format; false where no reader knows it. */
  read(part: Part, format: Format = formatOf(part)): boolean {
    const reader = this.#readers[format];
    if (!reader) return false;
    if (part.depth > MAX_NESTING) {
      this.problem(part, 'limit', `containers nest deeper than ${MAX_NESTING} levels`);
    } else {
      reader(this, part);
    }
    return true;
  }

  /**
   * Reads a part that nobody says is anything: tensor data can start like any format. What is
   * found counts where it is whole, and where a pickle in it imports something.
   */
  probe(part: Part): void {
    const attempt = new Inspection(this.#readers, this.options, this.budget);
    attempt.read(part);
    if (attempt.subjects.every(isWhole) || attempt.subjects.some(imports)) {
      this.subjects.push(...attempt.subjects);
    }
  }
}

/** A limit of ours was reached in what is whole so far. */
function isWhole({ family, value }: Subject): boolean {
  return family !== 'structure' || value.problems.every(({ kind }) => kind === 'limit');
}

function imports({ family, value }: Subject): boolean {
  return family === 'pickle' && value.streams.some(isDeliberate);
}

/** Formats without any signature: protobuf messages. Inside a container, names tell them. */
const UNSIGNED: ReadonlySet<Format> = new Set<Format>(['onnx', 'tensorflow']);

function formatOf({ source, name }: Part): Format {
  const detected = detect(source);
  const [claimed] = claimedFormats(name) ?? [];
  return detected === 'unknown' && claimed && UNSIGNED.has(claimed) ? claimed : detected;
}

/** A part inside another. */
export function inner(
  part: Part,
  name: string,
  source: Source,
  inContainer = part.inContainer,
): Part {
  return {
    source,
    name: name.split('/').at(-1) ?? name,
    place: part.place ? `${part.place} » ${name}` : name,
    depth: part.depth + 1,
    inContainer,
    folder: undefined,
  };
}
