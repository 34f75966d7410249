/** An outcome as every surface needs it. */
export interface Description {
  readonly headline: string;
  /** Why it did not pass; empty where it did. */
  readonly reasons: readonly string[];
  readonly rows: readonly (readonly [string, string])[];
  readonly version: string;
  readonly digest: string;
}
