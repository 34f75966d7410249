import { EnvironmentError } from '../../errors.ts';
import type { Artifacts } from '../ports.ts';

/** Workflow artifacts. The client is heavy, so it loads with the first call. */
export function githubArtifacts(): Artifacts {
  return {
    async upload(name, files, root) {
      const { DefaultArtifactClient } = await import('@actions/artifact');
      try {
        const { id } = await new DefaultArtifactClient().uploadArtifact(name, [...files], root);
        return `artifact ${name}${id === undefined ? '' : ` (${id})`}`;
      } catch (cause) {
        throw new EnvironmentError(`the artifact '${name}' was not uploaded`, {
          hint: 'Names are unique within a run: set artifact-name where a job runs in a matrix, and see the cause in the debug log.',
          cause,
        });
      }
    },
  };
}
