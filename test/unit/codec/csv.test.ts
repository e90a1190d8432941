import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  MAX_CSV_CHARS,
  MAX_CSV_FIELD_CHARS,
  MAX_CSV_FIELDS,
  MAX_CSV_PROBLEMS,
  parseCsv,
} from '../../../shared/codec/csv.ts';

const rowsOf = (text: string) => parseCsv(text).rows.map((row) => row.fields);

describe('parseCsv', () => {
  it('reads plain, quoted and empty fields with their lines', () => {
    expect(parseCsv('url,notes\nhttps://a.kz/,\n"x, ""y""","two\nlines"\nz,ә\n')).toEqual({
      header: ['url', 'notes'],
      rows: [
        { line: 2, fields: ['https://a.kz/', ''] },
        { line: 3, fields: ['x, "y"', 'two\nlines'] },
        { line: 5, fields: ['z', 'ә'] },
      ],
      problems: [],
    });
  });

  it.each(['\n', '\r\n', '\r'])(
    'takes %j as a line end, with or without one at the end of the text',
    (end) => {
      for (const tail of ['', end, end + end]) {
        const table = parseCsv(`\uFEFFa,b${end}${end}1,2${end}3,4${tail}`);
        expect(table.header).toEqual(['a', 'b']);
        expect(table.rows).toEqual([
          { line: 3, fields: ['1', '2'] },
          { line: 4, fields: ['3', '4'] },
        ]);
        expect(table.problems).toEqual([]);
      }
    },
  );

  it('keeps an explicitly quoted empty field as a row of a one-column table', () => {
    expect(rowsOf('a\n""\n\nb')).toEqual([[''], ['b']]);
  });

  it.each([
    ['a,b\n1,2\n1,2,3\n3,4', 3, '3 fields where the header has 2'],
    ['a,b\n1,2\nx"y,2\n3,4', 3, 'a quote inside an unquoted field'],
    ['a,b\n1,2\n"x"y,2\n3,4', 3, 'text after a closing quote'],
    ['a,b\n1,2\nx,"y\n3,4', 3, 'a quoted field has no closing quote or is too long'],
    [`a,b\n1,2\n${'x'.repeat(MAX_CSV_FIELD_CHARS + 1)},2\n3,4`, 3, 'a field is longer than 16384 characters'],
    [`a,b\n1,2\n${','.repeat(MAX_CSV_FIELDS)}\n3,4`, 3, 'more than 64 fields'],
  ])('names the broken row and keeps its neighbours: %#', (text, line, message) => {
    const table = parseCsv(text);
    expect(table.problems).toEqual([{ line, message }]);
    expect(table.rows.map((row) => row.fields)).toEqual([
      ['1', '2'],
      ['3', '4'],
    ]);
  });

  it('refuses a text without a readable header, or beyond the limits', () => {
    expect(parseCsv('').problems).toEqual([{ line: 1, message: 'no header row' }]);
    expect(parseCsv('"a\n1\n2')).toEqual({
      header: [],
      rows: [],
      problems: [{ line: 1, message: 'a quoted field has no closing quote or is too long' }],
    });
    expect(parseCsv('a'.repeat(MAX_CSV_CHARS + 1)).problems).toHaveLength(1);
    expect(parseCsv('a\n' + 'x"\n'.repeat(5 * MAX_CSV_PROBLEMS)).problems).toHaveLength(MAX_CSV_PROBLEMS + 1);
  });

  it('gives back any table that was written by the RFC', () => {
    const field = fc.string({ unit: fc.constantFrom('a', 'қ', '"', ',', '\n', '\r', ' '), maxLength: 8 });
    const table = fc
      .integer({ min: 1, max: 5 })
      .chain((n) => fc.array(fc.array(field, { minLength: n, maxLength: n }), { minLength: 1 }));
    const write = (value: string) => `"${value.replaceAll('"', '""')}"`;
    fc.assert(
      fc.property(table, fc.constantFrom('\n', '\r\n'), (rows, end) => {
        const parsed = parseCsv(rows.map((row) => row.map(write).join(',')).join(end));
        expect(parsed.problems).toEqual([]);
        expect([parsed.header, ...parsed.rows.map((row) => row.fields)]).toEqual(rows);
      }),
    );
  });

  it('accounts for every non-empty line of any text, in order, without throwing', () => {
    const noise = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r'), maxLength: 60 });
    fc.assert(
      fc.property(noise, (text) => {
        const table = parseCsv(`h,i\n${text}`);
        for (const row of table.rows) expect(row.fields).toHaveLength(2);
        const lines = table.rows.map((row) => row.line);
        expect(lines).toEqual([...new Set(lines)].sort((a, b) => a - b));
        if (/[^\r\n]/.test(text)) expect(table.rows.length + table.problems.length).toBeGreaterThan(0);
      }),
    );
  });
});
