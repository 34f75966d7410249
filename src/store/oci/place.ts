import { UserError } from '../../errors.ts';

/** A repository of an OCI registry: `oci://ghcr.io/lab/models`. */
export interface OciPlace {
  /** As the user wrote it. */
  readonly text: string;
  /** `https://ghcr.io`. */
  readonly origin: string;
  /** With the port where one was given: what credentials are kept by. */
  readonly host: string;
  readonly repository: string;
}

const PLACE = /^oci(?<plain>\+http)?:\/\/(?<host>[^/?#@\s]+)\/(?<repository>[^?#\s]+?)\/*$/i;

/** Distribution specification 1.1, "Pulling manifests". */
const REPOSITORY =
  /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;

/** Docker's convention: a registry on this machine speaks plain HTTP. */
const LOOPBACK = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?::\d+)?$/;

/**
 * Reads `oci://host[:port]/repository`. HTTPS, but for this machine's own registry and for one that
 * `oci+http://` names on purpose.
 * @throws UserError where it is malformed.
 */
export function parseOciPlace(text: string): OciPlace {
  const { plain, host = '', repository = '' } = PLACE.exec(text)?.groups ?? {};
  if (!REPOSITORY.test(repository) || !URL.canParse(`https://${host}`)) {
    throw new UserError(`'${text}' does not name a repository of an OCI registry`, {
      hint: 'Write oci://host/repository in lower case, such as oci://ghcr.io/lab/models.',
    });
  }
  const protocol = plain !== undefined || LOOPBACK.test(host) ? 'http' : 'https';
  // Docker Hub's name is not its address.
  const address = host === 'docker.io' ? 'registry-1.docker.io' : host;
  return { text, origin: `${protocol}://${address}`, host, repository };
}

/** The repository that the versions of `model` are offered in: a model's name may not be one. */
export function repositoryOf(repository: string, model: string): string {
  const name = model
    .toLowerCase()
    .replace(/[-_]{2,}/g, '-')
    .replace(/(^|\/)[-_]+|[-_]+(?=\/|$)/g, '$1');
  return `${repository}/${name}`;
}

/** A tag has no `+`; Helm's convention puts `_` in its place. */
export function tagOf(version: string): string {
  return version.replaceAll('+', '_');
}
