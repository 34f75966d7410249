import { ApiError, type Permission, type Route } from './api.ts';

export interface Attestation {
  readonly id: number;
  readonly bundle: { readonly dsseEnvelope: { readonly payload: string } };
}

const PERMISSIONS: readonly Permission[] = ['attestations'];

/** The in-toto statement that an attestation signs. */
export function statementOf({ bundle }: Attestation) {
  return JSON.parse(Buffer.from(bundle.dsseEnvelope.payload, 'base64').toString()) as {
    readonly predicateType: string;
    readonly subject: readonly {
      readonly name: string;
      readonly digest: { readonly sha256: string };
    }[];
  };
}

/** Attestations, kept in `attestations`. */
export function attestationRoutes(attestations: Attestation[]): readonly Route[] {
  return [
    {
      method: 'POST',
      path: /^attestations$/,
      permissions: PERMISSIONS,
      answer: ({ body }) => {
        const bundle = body.bundle as Attestation['bundle'];
        attestations.push({ id: attestations.length + 1, bundle });
        return { status: 201, body: { id: attestations.length } };
      },
    },
    {
      method: 'GET',
      path: /^attestations\/(.+)$/,
      permissions: PERMISSIONS,
      answer: ({ parameters: [digest] }) => {
        const found = attestations.filter((attestation) =>
          statementOf(attestation).subject.some(
            (subject) => `sha256:${subject.digest.sha256}` === digest,
          ),
        );
        if (found.length === 0) throw new ApiError(404, 'Not Found');
        return { status: 200, body: { attestations: found } };
      },
    },
  ];
}
