/** Whose a network was on a day, and what kind of line it is. */
import { describe, expect, test } from 'vitest';
import { asnOf, readNetworks } from '../../../shared/rules/networks.ts';

const HEAD = 'asn,owner,access,from,to,source\n';
const at = (text: string): number => Date.parse(text);
const read = (...rows: readonly string[]) => readNetworks(`${HEAD}${rows.join('\n')}\n`);

describe('a network that changed hands', () => {
  const networks = read(
    '64500,First,mobile,,2020-01-01,s',
    '64500,Second,enterprise,2020-01-01,2022-01-01,s',
    '64500,Third,hosting,2023-01-01,,s',
  );
  test.each([
    ['2000-06-01', 'First', 'mobile', true],
    ['2019-12-31T23:59:59.999Z', 'First', 'mobile', true],
    ['2020-01-01', 'Second', 'unknown', false],
    ['2021-12-31T23:59:59.999Z', 'Second', 'unknown', false],
    ['2022-01-01', null, 'unknown', false],
    ['2023-01-01', 'Third', 'hosting', false],
    ['2040-01-01', 'Third', 'hosting', false],
  ] as const)('was on %s of %s, a %s line, an operator’s: %s', (day, owner, access, operator) => {
    expect(networks.ownerOf(64500, at(day))).toBe(owner);
    expect(networks.accessOf(64500, at(day))).toBe(access);
    expect(networks.isOperator(64500, at(day))).toBe(operator);
  });
  test('says nothing of another', () => {
    expect(networks.ownerOf(64501, at('2021-01-01'))).toBeNull();
    expect(networks.accessOf(64501, at('2021-01-01'))).toBe('unknown');
    expect(networks.isOperator(64501, at('2021-01-01'))).toBe(false);
  });
});

describe('a row', () => {
  const now = at('2026-11-20');
  test('with a day that nobody can read has always counted', () => {
    const networks = read('64500,First,fixed,soon,later,s');
    expect(networks.ownerOf(64500, now)).toBe('First');
    expect(networks.accessOf(64500, now)).toBe('fixed');
  });
  test('without a kind of line may be an operator’s', () => {
    const networks = read('64500,First,,,,s');
    expect(networks.accessOf(64500, now)).toBe('unknown');
    expect(networks.isOperator(64500, now)).toBe(true);
  });
  test.each([
    '0,First,fixed,,,s',
    '-1,First,fixed,,,s',
    '1.5,First,fixed,,,s',
    'x,First,fixed,,,s',
    '7,,fixed,,,s',
  ])('%s is left out', (row) => {
    const networks = read(row);
    for (const asn of [0, -1, 1.5, 7, Number.NaN]) expect(networks.isOperator(asn, now)).toBe(false);
  });
});

test.each([
  ['AS64500', 64500],
  ['AS1', 1],
  ['AS4294967295', 4294967295],
  ['AS0', null],
  ['AS', null],
  ['64500', null],
  ['as64500', null],
  ['AS64500x', null],
  ['xAS64500', null],
  ['AS12345678901', null],
])('%s is the number %s', (text, asn) => {
  expect(asnOf(text)).toBe(asn);
});
