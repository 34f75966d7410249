import { generateKeyPairSync } from 'node:crypto';

/** A fresh EC key and its public half, as PEM. */
export function keyPair(namedCurve = 'prime256v1') {
  return generateKeyPairSync('ec', {
    namedCurve,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
}
