import type { ModelEvent } from './records.ts';

/**
 * Where the versions of a model stand, out of what happened to them. The rules are GTO's: an
 * environment has the version that was assigned to it last and not taken from it since, so taking
 * the newest away brings the one before it back.
 */
export class Lifecycle {
  readonly events: readonly ModelEvent[];

  constructor(events: readonly ModelEvent[]) {
    this.events = events;
  }

  /** Environments that have a version, with the assignment that gave it to them. */
  environments(): ReadonlyMap<string, ModelEvent & { readonly version: string }> {
    const current = new Map<string, ModelEvent & { readonly version: string }>();
    for (const event of this.events) {
      const { environment, version } = event;
      if (event.action !== 'assign' || environment === undefined || version === undefined) continue;
      if (this.isAssigned(version, environment)) current.set(environment, { ...event, version });
    }
    return current;
  }

  /** Whether `version` was given to `environment` and not taken from it since. */
  isAssigned(version: string, environment: string): boolean {
    if (this.isDeprecated(version)) return false;
    const last = this.events.findLast(
      (event) => event.environment === environment && event.version === version,
    );
    return last?.action === 'assign';
  }

  isDeprecated(version: string): boolean {
    return this.events.some((event) => event.action === 'deprecate' && event.version === version);
  }

  withTag(tag: string): ModelEvent | undefined {
    return this.events.find((event) => event.tag === tag);
  }

  /** Whether the model was retired and nothing happened since; `registered` are its versions' times. */
  isRetired(registered: readonly string[]): boolean {
    const last = this.events.at(-1);
    return last?.action === 'retire' && registered.every((time) => time <= last.at);
  }
}
