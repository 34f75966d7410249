import { EnvironmentError } from '../../errors.ts';
import type { Artifacts } from '../ports.ts';
import { loadClient } from './client.ts';

/** Workflow artifacts. */
export function githubArtifacts(): Artifacts {
  return {
    async upload(name, files, root) {
      const { DefaultArtifactClient } = await loadClient('artifact');
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
