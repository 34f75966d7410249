import type { InputSpecs, InputValues } from './inputs.ts';
import type { Annotation, Ports } from './ports.ts';

export type { Annotation } from './ports.ts';

/** What model-ci can be asked to do, on a runner or at a terminal: the same inputs and report. */
export interface UseCase<S extends InputSpecs, Result, Output extends string = string> {
  /** The folder under `actions/`, or the command's name. */
  readonly name: string;
  /** One sentence, for action.yml and `--help`. */
  readonly description: string;
  readonly inputs: S;
  /** At a terminal, arguments without a flag go to this input. */
  readonly positional?: keyof S & string;
  readonly outputs: Readonly<Record<Output, string>>;
  run(inputs: InputValues<S>, ports: Ports): Promise<Result>;
  report(result: Result): Report<Output>;
}

/** A result as every surface needs it; whoever renders adds nothing of its own. */
export interface Report<Output extends string = string> {
  readonly passed: boolean;
  /** The result in one sentence; the reason where it did not pass. */
  readonly headline: string;
  readonly outputs: Readonly<Record<Output, string>>;
  readonly annotations: readonly Annotation[];
  /** GitHub Markdown, already escaped. */
  readonly summary: string;
  /** For a terminal. */
  readonly text: string;
  /** For `--format json`, and the input of the next action. */
  readonly json: unknown;
}
