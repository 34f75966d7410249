import { describe, expect, test } from '@jest/globals';
import { parseChallenge } from '../../src/store/oci/authorization.ts';
import { parseOciPlace, repositoryOf } from '../../src/store/oci/place.ts';

describe('names', () => {
  test('of places', () => {
    expect(parseOciPlace('oci://ghcr.io/lab/models/')).toMatchObject({
      origin: 'https://ghcr.io',
      host: 'ghcr.io',
      repository: 'lab/models',
    });
    expect(parseOciPlace('oci://localhost:5000/x').origin).toBe('http://localhost:5000');
    expect(parseOciPlace('oci+http://intra:5000/x').origin).toBe('http://intra:5000');
    for (const wrong of [
      'oci://ghcr.io',
      'oci://ghcr.io/Lab',
      'oci://a:b@ghcr.io/x',
      'oci://h/x:1',
    ]) {
      expect(() => parseOciPlace(wrong)).toThrow(/does not name a repository/);
    }
    expect(repositoryOf('r', 'A-_b/_c_/d')).toBe('r/a-b/c/d');
  });

  test('of challenges', () => {
    const text = 'Bearer realm="https://ghcr.io/token",service="ghcr.io",scope="a:b:pull,push"';
    expect(parseChallenge(text)?.parameters).toEqual({
      realm: 'https://ghcr.io/token',
      service: 'ghcr.io',
      scope: 'a:b:pull,push',
    });
    expect(parseChallenge('Negotiate')).toBeUndefined();
  });
});
