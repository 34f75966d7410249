import type { Stage } from '../project/pipeline-file.ts';

export interface MadeFile {
  /** Relative to the workspace. */
  readonly file: string;
  readonly stage: Stage;
}

/** Which stage makes which path; a path overlaps another that lies in it, or that it lies in. */
export class OutputIndex {
  readonly #made = new Map<string, MadeFile>();
  /** Folder -> what is made anywhere below it. */
  readonly #below = new Map<string, MadeFile[]>();

  add(file: string, stage: Stage): void {
    const made = { file, stage };
    this.#made.set(file, made);
    for (const folder of foldersOf(file)) {
      const known = this.#below.get(folder);
      if (known) known.push(made);
      else this.#below.set(folder, [made]);
    }
  }

  overlapping(file: string): MadeFile | undefined {
    return this.#found(file)[0];
  }

  makersOf(file: string): readonly Stage[] {
    return this.#found(file).map(({ stage }) => stage);
  }

  #found(file: string): readonly MadeFile[] {
    const above = [file, ...foldersOf(file)]
      .map((name) => this.#made.get(name))
      .filter((made) => made !== undefined);
    return [...above, ...(this.#below.get(file) ?? [])];
  }
}

/** `a/b/c` lies in `a/b`, in `a` and, like everything, in `.`. */
function foldersOf(file: string): readonly string[] {
  const folders: string[] = [];
  for (let end = file.lastIndexOf('/'); end > 0; end = file.lastIndexOf('/', end - 1)) {
    folders.push(file.slice(0, end));
  }
  return file === '.' ? folders : [...folders, '.'];
}
