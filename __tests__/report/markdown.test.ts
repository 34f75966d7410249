import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { marked } from 'marked';
import { code, escapeMarkdown, table } from '../../src/report/markdown.ts';

const render = (markdown: string) => marked.parse(markdown, { async: false, gfm: true });

describe('untrusted text in Markdown', () => {
  const hostile = [
    '<img src=x onerror=alert(1)>',
    '[click](https://example.com)',
    '![pixel](https://example.com/p.png)',
    'a | b | c\n| --- |',
    '**bold** _soft_ ~~gone~~ `code`',
    '# heading',
    '- item',
    '1. item',
    '> quote',
    'https://example.com www.example.com',
    '&lt;b&gt;',
    '\\`\\`',
  ];

  test.each(hostile)('%j renders as the text that it is', (text) => {
    const html = render(escapeMarkdown(text));
    expect(html).toMatch(/^<p>[^<]*<\/p>\n$/);
  });

  test('mentions and references are split', () => {
    expect(escapeMarkdown('@octocat fixes #12')).toBe('@<!-- -->octocat fixes #<!-- -->12');
  });

  test('marks that turn the direction of text are dropped', () => {
    expect(escapeMarkdown('a\u202eb\u0000')).toBe('ab');
  });

  test('any text stays one paragraph without elements', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(render(`x${escapeMarkdown(text)}x`).replaceAll('<!-- -->', '')).toMatch(
          /^<p>[^<]*<\/p>\n$/,
        );
      }),
    );
  });

  test('code keeps backticks and pipes inside, and a table its columns', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const html = render(table([{ title: 'a' }, { title: 'b' }], [[code(text), 'end']]));
        expect(html.match(/<td/g)).toHaveLength(2);
        expect(html).toContain('<td>end</td>');
      }),
    );
  });
});
