export interface StepRun {
  readonly job: string;
  /** Nested steps of a composite have the ids of all levels: `model.train`. */
  readonly id: string;
  readonly result: string;
}

/** One line of `act --json`. */
interface Entry {
  readonly jobID?: string;
  readonly stepID?: readonly string[];
  readonly stage?: string;
  readonly msg?: string;
  readonly raw_output?: boolean;
  readonly stepResult?: string;
  readonly jobResult?: string;
  readonly command?: string;
  readonly name?: string;
  readonly arg?: string;
  readonly content?: string;
}

/** What became of a workflow, collected from the lines of `act --json`. */
export class WorkflowRun {
  exitCode: number | null = null;
  /** The result of each job by its id. */
  readonly jobs: Record<string, string> = {};
  readonly steps: StepRun[] = [];
  /** By `job.step.name`, or `job.step.step.name` inside a composite. */
  readonly outputs: Record<string, string> = {};
  /** Markdown of all steps, by job. */
  readonly summaries: Record<string, string> = {};
  readonly annotations: { readonly level: string; readonly message: string }[] = [];
  /** For a person. */
  log = '';

  add(line: string): void {
    const entry = entryOf(line);
    const { jobID: job = '', stepID = [], msg = '' } = entry;
    if (entry.jobResult) this.jobs[job] = entry.jobResult;
    if (entry.stepResult && entry.stage === 'Main') {
      this.steps.push({ job, id: stepID.join('.'), result: entry.stepResult });
    }
    this.command(entry, job, stepID.join('.'));
    // How act finds the folders of the actions, and what only a debugger wants.
    if (/^LocalRepositoryCache|::debug::|docker connection/.test(msg)) return;
    this.log += `[${job}] ${entry.raw_output ? '  | ' : ''}${msg.trimEnd()}\n`;
  }

  private command(entry: Entry, job: string, step: string): void {
    const { command, name = '', arg = '', content = '' } = entry;
    switch (command) {
      case 'set-output':
        this.outputs[`${job}.${step}.${name}`] = arg;
        break;
      case 'summary': {
        // A composite tells again what its steps said; only theirs is taken.
        const before = this.summaries[job] ?? '';
        if (!before.endsWith(content)) this.summaries[job] = before + content;
        break;
      }
      case 'error':
      case 'warning':
      case 'notice':
        this.annotations.push({ level: command, message: arg });
        break;
      default:
    }
  }
}

function entryOf(line: string): Entry {
  try {
    return JSON.parse(line) as Entry;
  } catch {
    return { msg: line };
  }
}
