import { describe, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { memorySource } from '../../src/formats/source.ts';
import { UnpackBudget, UnpackError, type Packing } from '../../src/formats/unpack.ts';

/** What the fixtures hold, put together anew: text, a run of zeros, an overlapping repetition. */
const lines = Array.from({ length: 300 }, (_, i) => `${i * i} weights of layer ${i % 7}; `).join(
  '',
);
const plain = Buffer.concat([
  Buffer.from(lines),
  Buffer.alloc(5000),
  Buffer.from('abcabcabc'.repeat(40)),
]);

/** Packed by the modules of CPython 3.11. */
const PACKED: readonly (readonly [Packing, string])[] = [
  [
    'bzip2',
    `
    QlpoOTFBWSZTWYToQB8AAxhZoMAAQAB/6DvknKAAgAAIUAWecBlAKFAoDAankNBVSYmjJk00xQAAAAAanjSlSPU0BoyA
    FAAAAAApSpqb1QGgA0Zqb0cOAmzCcudJiqykxUykxRlJhGUmKspMlYkxOc9EucXEv0lzi4lvPzfj4/Q0qEaywWdlhspR
    XMCSVkjplpdkO1M0idhnjbli8bO7EsJO2A8nLBZgyaWlwpNEGhpdndaxGalJtQyHBEdZKqzECY6x7dJY6de2mgs9MPaX
    K56nNWpaZ4Wj0vLLIQl0u2jWonq6qXSU1TXo+LnKGXaDcopRyUkmaBj5fN/SaKqSU5BnH9CJqKFa9wztO5y8xREuycGV
    jy6isiouNiLqQlCfs/n3h4S6FXqHNs7B5S0UKiOsVEwkhKKocozIVKqiSLm4Gkegi9yPE3aE5kDDRJ95kURRgh5VA1XZ
    uzGbCPYg8Wn1Je05y9nLwgge8HFxx3kM667qBJUWJv0EMi5TjLMZ19gCJrI2bkF7md08KlTFxTV80EiiSiiSEhEQTAUG
    Fx8Ha8HEwzzXb0WkJqcQKcn00LNEn3h4cRpBxCSIyI9pWIQkKK2oFnNWGlm3Dzd1F4gjZ2TSgIgtBkVaBPvDwurC7SFE
    EzBRExEiqidLK9SOA04DcionRVwyk8djF7yeU3dkxEgk0dXs1Djh1KIjhsPO3o7ZUEGleZDJIy8iCOBGNBlYncMlRoNC
    lLkD3gvAAFxcDSjmIGp18+7Is+zLqqDPu1Hrrurc7ldrrNTMGXGH2HbWHSKPvDwx15O+5VEpXIIVBtAhSMQikZRFQUpR
    kIKZq2NgVxu35KFgLgmJMaDuCoIPqZTi97s4HBjZMWpgdSNrRjj3EKdhJCU+UGyU5PnMID3h1obrjcUQmXGrZ9xGUhuU
    oHO6HQ+7eTit68RqYDPsleqTcdWZ1ZFSVNiY6iKJkzOxiXp7LbrN7gd3rhaCNvFEzMaSQjVvYkaDuDp7yRjRLvTVzdYn
    FROCKw60bJzWwRQqciQYmYSmTFVQVjono1xWV2DbbyzDPZt7mcDr5yrks7N0eG0oMh0bblsNyWG24bhuixLcQ22KpMNl
    tumGmGy25abdFim25MtqSw203TapMNtNh06TDZbZmG3EmmW3KltOjQbabDp0mG2mm6DaoNltOW5hhst06TbksNtFttlp
    htoNunSYbLluobhhsthy205LD7M1mta1rjmmtcNttta468alb/pSPkVfQq6lI3KR1KR1KR0KR0KR7ikYUjcpG5SNikeB
    SOZP8XckU4UJCE6EAfA=
    `,
  ],
  [
    'xz',
    `
    /Td6WFoAAATm1rRGAgAhARYAAAB0L+Wj4DLVA69dABgIC2aZ4oxjZLu/nuNiuqMFwK1g3SdyTEGc6HsZRDdgb6pBSVWg
    evU2f+BRk49puxtwLd156/tIyToLZ+RzX76fllvGSWtJ9MIXU5uTRfu5f69+7qQB+Yu//089rImx/ZOttast+/8I08xG
    eK31o3KHY0I0IlOyklWkQ9AN+JULVByVJbhhcenu80UoUiiKeNzWxiwYAlwja90LdhqSDMW8/OHiOphbb8LBBHGH66lk
    HVtn/DooZPKZPRKmajn9OsLqGGP/vaJoZ0c3ZuDZlITrxlCIStg/t+ftb1eHGlO2MvAl8yzEdkuBeQWpHsfoPimjhyx/
    qbD4ghUR5PzF/9O1wG5qalFLB3EGUPJUPsUwqgcTc7VH8EHMtkHZLMU3DLlDACho0iGpAcmgSGStvvdMpQEGTTTV4Urz
    fIsOaXbju546TWBJszXX/9nWfi8fuvtv8Y3VhEumotW5ATY4cfx3YiyMioHw/i1wnOeVdLJOlSe2l6w5Z19wFIcmrU1Y
    KV3Dr4jluHhoZ7jgEBAhsVRlFs5dfoShmBIdlRwW14xc1HJFu9pmmtaeSnu7JBS429sYojiVSCLnx9msoez41g2LUBjz
    WzRj5RStwRCFu/uSjvbo1TEQYmxsAZPqzctiYK6AkVA7k2blxZ531/w3omtLfbjdhJH1ZfSyqz1XgIWuDRp1xsm3JFMQ
    jluACIBZAS+ddIOml4V9+FrPDolp0bKcen6fDmhwmwGptFcHNa3l9RLgVJSr30GOtW9btbqMbcA10fVKKgonZdcNuLqA
    3oehGQ7s8nTB8opHLzB2gtirj5ewe8kxHm6Emz8gFoW8jHW2HP7phzX3qOpIp+Oq1adwkGtT/Qo+29KvSF/hKla4aI9H
    Z6p9HTe++fGR1hwMXX8Z7KXK54A8S2cwIjBd6QxEkcXJI1j6PGXr4Q9N4V0TNMeMLDQ9wrfAqmjH33i8j6YnUm5P3jMT
    6HRWiPv2Z3ftHrcI8GZ7XYvz/jTF639jankbc/ZxFuShTvv3McA5qLO7A2kfI3Vktlsg7rS01sn4G5hku/Kv9oQrc4M7
    LL8Vg0OvNCJMuQ2GMCPC2qb8k9TltvJoJT1pUbzqiET3kmdSsrv4rhGAcsXyGEWEW0+DtTqvVghuLAzVaALRGhO6gg4e
    fq+O9cN8kg85NZ3m6gTkeOLoyy9mAZxYWOgT4RRD5McB/Fsx7fktByhKfopHTVQn55tBIa2HZK/5S1dcYJjLysf936qK
    8NntJilP9gAAAJshslRlsMTkAAHLB9ZlAAA0CXlHscRn+wIAAAAABFla
    `,
  ],
  [
    'lzma',
    `
    XQAAgAD//////////wAYCAtmmeKMY2S7v57jYrqjBcCtYN0nckxBnOh7GUQ3YG+qQUlVoHr1Nn/gUZOPabsbcC3deev7
    SMk6C2fkc1++n5ZbxklrSfTCF1Obk0X7uX+vfu6kAfmLv/9PPayJsf2TrbWrLfv/CNPMRnit9aNyh2NCNCJTspJVpEPQ
    DfiVC1QclSW4YXHp7vNFKFIoinjc1sYsGAJcI2vdC3YakgzFvPzh4jqYW2/CwQRxh+upZB1bZ/w6KGTymT0Spmo5/TrC
    6hhj/72iaGdHN2bg2ZSE68ZQiErYP7fn7W9XhxpTtjLwJfMsxHZLgXkFqR7H6D4po4csf6mw+IIVEeT8xf/TtcBuampR
    SwdxBlDyVD7FMKoHE3O1R/BBzLZB2SzFNwy5QwAoaNIhqQHJoEhkrb73TKUBBk001eFK83yLDml247ueOk1gSbM11//Z
    1n4vH7r7b/GN1YRLpqLVuQE2OHH8d2IsjIqB8P4tcJznlXSyTpUntpesOWdfcBSHJq1NWCldw6+I5bh4aGe44BAQIbFU
    ZRbOXX6EoZgSHZUcFteMXNRyRbvaZprWnkp7uyQUuNvbGKI4lUgi58fZrKHs+NYNi1AY81s0Y+UUrcEQhbv7ko726NUx
    EGJsbAGT6s3LYmCugJFQO5Nm5cWed9f8N6JrS3243YSR9WX0sqs9V4CFrg0adcbJtyRTEI5bgAiAWQEvnXSDppeFffha
    zw6JadGynHp+nw5ocJsBqbRXBzWt5fUS4FSUq99BjrVvW7W6jG3ANdH1SioKJ2XXDbi6gN6HoRkO7PJ0wfKKRy8wdoLY
    q4+XsHvJMR5uhJs/IBaFvIx1thz+6Yc196jqSKfjqtWncJBrU/0KPtvSr0hf4SpWuGiPR2eqfR03vvnxkdYcDF1/Geyl
    yueAPEtnMCIwXekMRJHFySNY+jxl6+EPTeFdEzTHjCw0PcK3wKpox994vI+mJ1JuT94zE+h0Voj79md37R63CPBme12L
    8/40xet/Y2p5G3P2cRbkoU779zHAOaizuwNpHyN1ZLZbIO60tNbJ+BuYZLvyr/aEK3ODOyy/FYNDrzQiTLkNhjAjwtqm
    /JPU5bbyaCU9aVG86ohE95JnUrK7+K4RgHLF8hhFhFtPg7U6r1YIbiwM1WgC0RoTuoIOHn6vjvXDfJIPOTWd5uoE5Hji
    6MsvZgGcWFjoE+EUQ+THAfxbMe35LQcoSn6KR01UJ+ebQSGth2Sv+UtXXGCYy8rH/d+qivDZ7SYrctSh///ASoki
    `,
  ],
];

const fixtures: readonly (readonly [Packing, Buffer])[] = [
  ...PACKED.map(([packing, text]) => [packing, Buffer.from(text, 'base64')] as const),
  ['gzip', gzipSync(plain)],
  ['zlib', deflateSync(plain)],
  ['deflate', deflateRawSync(plain)],
];

const unpack = (packing: Packing, bytes: Uint8Array) =>
  new UnpackBudget().unpack(memorySource(bytes), packing);
const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

describe.each(fixtures)('%s', (packing, packed) => {
  test('unpacks to what was packed', () => {
    const { bytes, whole } = unpack(packing, packed);
    expect({ digest: digest(bytes), whole }).toEqual({ digest: digest(plain), whole: true });
  });

  test('cut anywhere, gives a beginning of it or refuses', () => {
    for (let length = 0; length < packed.length - 30; length += 37) {
      try {
        const { bytes, whole } = unpack(packing, packed.subarray(0, length));
        expect(whole).toBe(false);
        expect(digest(bytes)).toBe(digest(plain.subarray(0, bytes.length)));
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(UnpackError);
      }
    }
  });

  test('with a byte changed, never throws anything else', () => {
    for (let at = 0; at < packed.length; at += 11) {
      const mutant = Buffer.from(packed);
      mutant[at] = (mutant[at] ?? 0) ^ 0x55;
      try {
        expect(unpack(packing, mutant).bytes.length).toBeGreaterThanOrEqual(0);
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(UnpackError);
      }
    }
  });
});

test('LZ4 blocks, packed and plain', () => {
  // 'ab', then six bytes from two back; then a block of 'xyz' as it is.
  const packed = ['04224d18', '604082', '05000000', '2261620200', '03000080', '78797a', '00000000'];
  const { bytes, whole } = unpack('lz4', Buffer.from(packed.join(''), 'hex'));
  expect({ text: Buffer.from(bytes).toString(), whole }).toEqual({
    text: 'ababababxyz',
    whole: true,
  });
});

test('a bomb is refused at the limit, not unpacked', () => {
  const bomb = gzipSync(Buffer.alloc(300 * 1024 * 1024));
  expect(() => unpack('gzip', bomb)).toThrow('unpacks to more than');
});
