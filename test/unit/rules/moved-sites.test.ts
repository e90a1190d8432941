/** An address from before: a site that moved, or one that is kept from being found? Every condition by itself. */
import { describe, expect, test } from 'vitest';
import { draft, type Draft } from '../../golden/build.ts';
import { chains } from '../../golden/chains.ts';
import { judged } from '../../golden/judged.ts';
import { CONTROL_GETS_ALL, HTTPS_URL, IP, OTHER_IP, SITE_CHAIN } from '../../golden/scenes.ts';

const SILENT = 'generic_timeout_error';
const OLDER_IP = '11.0.0.98';
const place = (ip: string): string => `${ip}:443`;

interface Old {
  readonly ip: string;
  /** null: it connects. */
  readonly here?: string | null;
  readonly atControl?: string | null | 'not asked';
  readonly shows?: 'stranger' | 'untrusted' | 'site';
}

/** What follows from what became of the addresses that the resolver gave. */
function moved(
  old: readonly Old[],
  more: { earlier?: readonly string[]; truth?: readonly string[] } = {},
): boolean {
  const given = old.map(({ ip }) => ip);
  const d: Draft = draft(HTTPS_URL);
  d.lookup(given);
  d.wire(given);
  d.doh(more.truth ?? [IP]);
  const tcp: Record<string, string | null> = { [place(IP)]: null };
  for (const { ip, here = SILENT, atControl = SILENT, shows } of old) {
    d.tcp(ip, 443, here ?? undefined);
    if (atControl !== 'not asked') tcp[place(ip)] = atControl;
    if (shows === 'stranger')
      d.tls({ chain: chains.trusted('somebody-else.example'), failure: 'ssl_invalid_hostname' });
    if (shows === 'untrusted')
      d.tls({ chain: chains.unknown('somebody-else.example'), failure: 'ssl_unknown_authority' });
    if (shows === 'site') d.tls({ chain: SITE_CHAIN });
  }
  d.control({
    ...CONTROL_GETS_ALL,
    addresses: more.truth ?? [IP],
    tcp,
    earlier: more.earlier ?? given,
  });
  return judged(d.document()).verdict.rules.some(({ id }) => id === 'origin.moved');
}

describe('a site that moved', () => {
  const connects = { here: null, atControl: null } as const;

  test('nobody gets through to the old address', () => {
    expect(moved([{ ip: OTHER_IP }])).toBe(true);
    expect(moved([{ ip: OTHER_IP }, { ip: OLDER_IP }])).toBe(true);
  });

  test('the control does: it is no vacant address', () => {
    expect(moved([{ ip: OTHER_IP, atControl: null }])).toBe(false);
    expect(moved([{ ip: OTHER_IP }, { ip: OLDER_IP, atControl: null }])).toBe(false);
  });

  test('the control was not asked, and nobody knows', () => {
    expect(moved([{ ip: OTHER_IP, atControl: 'not asked' }])).toBe(false);
  });

  test('it was not the site’s before', () => {
    expect(moved([{ ip: OTHER_IP }], { earlier: [] })).toBe(false);
    expect(moved([{ ip: OTHER_IP }], { earlier: [OLDER_IP] })).toBe(false);
  });

  test('it still is the site’s', () => {
    expect(moved([{ ip: OTHER_IP }], { truth: [IP, OTHER_IP] })).toBe(false);
    expect(moved([{ ip: OTHER_IP }, { ip: OLDER_IP }], { truth: [IP, OLDER_IP] })).toBe(false);
  });

  test('somebody else has it now, by a certificate that is trusted', () => {
    expect(moved([{ ip: OTHER_IP, ...connects, shows: 'stranger' }])).toBe(true);
    expect(moved([{ ip: OTHER_IP, ...connects, shows: 'untrusted' }])).toBe(false);
    expect(moved([{ ip: OTHER_IP, ...connects }])).toBe(false);
  });

  test('somebody else has every one of them, or it is not said', () => {
    const taken = { ip: OTHER_IP, ...connects, shows: 'stranger' } as const;
    expect(moved([taken, { ip: OLDER_IP, ...connects, shows: 'stranger' }])).toBe(true);
    expect(moved([taken, { ip: OLDER_IP, ...connects }])).toBe(false);
  });

  test('the site itself still answers there', () => {
    expect(moved([{ ip: OTHER_IP, ...connects, shows: 'site' }])).toBe(false);
  });
});
