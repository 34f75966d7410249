import { describe, expect, test } from '@jest/globals';
import { rulesOf } from './lint.ts';

const rules = (template: string) => rulesOf({ 'chat_template.jinja': template });

describe('a template that leads out of Jinja is found', () => {
  test.each([
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    '{% for x in ().__class__.__base__.__subclasses__() %}{{ x }}{% endfor %}',
    '{%- if x . __init__ -%}{%- endif -%}',
    '{{ x.\n_private }}',
    "{{ lipsum['os'] }}",
    '{{ cycler|attr("x") }}',
    "{{ x|map('attr', y)|list }}",
    "{{ x['\\x5f\\x5fclass\\x5f\\x5f'] }}",
    "{{ x['\\N{LOW LINE}_class__'] }}",
    `{{ x["__cl""ass__"] }}`,
    "{{ x['__cl' + 'ass__'] }}",
    "{% set u = '_' %}{{ x[u ~ u ~ 'class' ~ u ~ u] }}",
    "{% set a = '__cla' ~ b %}",
    "{{ x[['_', '_', 'class'] | join] }}",
    "{% set a = ['__', 'class'] | join %}",
    "{{ x['__ssalc__' | reverse] }}",
    "{{ ('%c%c' | format(95, 95)) }}",
    "{{ '{0.__class__}'.format(x) }}",
    "{{ x | selectattr('__class__') }}",
    '{{ dict(__class__=1) }}',
    '{{ x.gi_frame.f_back }}',
    '{{ x.popen("id") }}',
    "{% include '../../secret' %}",
    '{% for i in range(999999999) %}{% endfor %}',
    "{{ 'a' * 10 ** 9 }}",
    '{% raw %}{% endraw %}{{ x.__init__ }}',
  ])('%s', (template) => {
    expect(rules(template)).toEqual(['template/escape']);
  });
});

describe('what conversations need is no escape', () => {
  test.each([
    "{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\\n' + m.content }}{% endfor %}",
    "{% if (m['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('!') }}{% endif %}",
    "{%- set ns = namespace(found=false) -%}{% set ns.found = messages[0]['role'] == 'system' %}",
    "{{ messages[loop.index0 - 1].content.split('</think>')[-1].lstrip('\\n') }}",
    '{{ tool | tojson(indent=4) }}{{ strftime_now("%d %b %Y") }}',
    "{{ messages | selectattr('role', 'equalto', 'user') | map(attribute='content') | join('_') }}",
    "{{ name.replace('_', ' ') }}{{ '__START__' }}{{ 'a subprocess, os.system or popen' }}",
    '{# x.__class__ #}{% raw %}{{ x.__class__ }}{% endraw %} x.__class__',
    "{{ '%s: %d' | format(name, 95) }}{{ 1000000 }}",
    "{{ {'string': 'str'}[spec.type] }}{{ [1, 2] + ['a' ~ b] }}",
    "{% if 'x' in ['a' ~ b] %}{% endif %}",
  ])('%s', (template) => {
    expect(rules(template)).toEqual([]);
  });
});
