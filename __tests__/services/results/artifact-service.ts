import type { Blobs } from './blobs.ts';
import { TwirpError, type Rpc } from './twirp.ts';

export interface Artifact {
  readonly id: number;
  readonly name: string;
  readonly run: string;
  readonly job: string;
  readonly type: string;
  readonly created: string;
  finalized: boolean;
  size: string;
  /** `sha256:...` of the uploaded bytes, as the client said. */
  digest: string | undefined;
}

interface ArtifactRequest {
  readonly workflow_run_backend_id: string;
  readonly workflow_job_run_backend_id: string;
  readonly name: string;
  readonly mime_type?: string;
  readonly size?: string;
  readonly hash?: string;
  readonly name_filter?: string;
  readonly id_filter?: string;
}

/** Artifacts of version 4 and later: a name belongs to one run, and only once. */
export class ArtifactService {
  readonly artifacts: Artifact[] = [];
  private readonly blobs: Blobs;
  private readonly origin: () => string;
  private nextId = 1;

  constructor(blobs: Blobs, origin: () => string) {
    this.blobs = blobs;
    this.origin = origin;
  }

  readonly rpc: Rpc = {
    CreateArtifact: (body) => {
      const { name, mime_type, ...ids } = body as unknown as ArtifactRequest;
      if (this.find(ids.workflow_run_backend_id, name)) {
        const message = 'an artifact with this name already exists on the workflow run';
        throw new TwirpError(409, 'already_exists', message);
      }
      const id = this.nextId++;
      this.artifacts.push({
        id,
        name,
        run: ids.workflow_run_backend_id,
        job: ids.workflow_job_run_backend_id,
        type: mime_type ?? 'application/zip',
        created: new Date().toISOString(),
        finalized: false,
        size: '0',
        digest: undefined,
      });
      return { ok: true, signed_upload_url: this.url(id, 'write') };
    },
    FinalizeArtifact: (body) => {
      const { workflow_run_backend_id, name, size, hash } = body as unknown as ArtifactRequest;
      const artifact = this.require(workflow_run_backend_id, name);
      Object.assign(artifact, { size: size ?? '0', digest: hash, finalized: true });
      return { ok: true, artifact_id: String(artifact.id) };
    },
    ListArtifacts: (body) => {
      const filter = body as unknown as ArtifactRequest;
      const found = this.artifacts.filter(
        ({ run, name, id, finalized }) =>
          finalized &&
          run === filter.workflow_run_backend_id &&
          (filter.name_filter === undefined || name === filter.name_filter) &&
          (filter.id_filter === undefined || String(id) === filter.id_filter),
      );
      return { artifacts: found.map(listed) };
    },
    GetSignedArtifactURL: (body) => {
      const { workflow_run_backend_id, name } = body as unknown as ArtifactRequest;
      const { id, type } = this.require(workflow_run_backend_id, name);
      const file = type === 'application/zip' ? `${name}.zip` : name;
      return { signed_url: this.url(id, 'read', file) };
    },
    DeleteArtifact: (body) => {
      const { workflow_run_backend_id, name } = body as unknown as ArtifactRequest;
      const artifact = this.require(workflow_run_backend_id, name);
      this.artifacts.splice(this.artifacts.indexOf(artifact), 1);
      return { ok: true, artifact_id: String(artifact.id) };
    },
  };

  private find(run: string, name: string): Artifact | undefined {
    return this.artifacts.find((artifact) => artifact.run === run && artifact.name === name);
  }

  private require(run: string, name: string): Artifact {
    const artifact = this.find(run, name);
    if (!artifact) throw new TwirpError(404, 'not_found', 'artifact not found');
    return artifact;
  }

  private url(id: number, operation: 'read' | 'write', name?: string): string {
    return this.origin() + this.blobs.signedPath(`artifact-${id}`, operation, name);
  }
}

function listed({ id, name, run, job, size, created, digest }: Artifact) {
  return {
    workflow_run_backend_id: run,
    workflow_job_run_backend_id: job,
    database_id: String(id),
    name,
    size,
    created_at: created,
    ...(digest !== undefined && { digest }),
  };
}
