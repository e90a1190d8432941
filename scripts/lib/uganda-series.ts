/**
 * Hourly cells of one public series (OONI, twitter.com on AS20294 in Uganda, December 2025 to February 2026) → votes. The
 * data lie outside the project.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Vote } from '../../shared/model/index.ts';

const FILE = join(import.meta.dirname, '..', '..', '..', 'shared', 'data', 'events', 'ug_hourly_cells.json');
/** A cell says how many measurements it has and not of how many people: at most so many are believed. */
const MAX_VOTERS = 2;
/** From this share on a cell speaks for blocking; every measurement of it has that share. */
const BLOCKED_SHARE = 0.5;

interface HourlyCell {
  readonly probe_asn: number;
  readonly domain: string;
  readonly ts: string;
  readonly count: number;
  readonly dns_isp_blocked: number | null;
  readonly dns_other_blocked: number | null;
  readonly tcp_blocked: number | null;
  readonly tls_blocked: number | null;
}

/**
 * Voters of a cell are new ones, seen in no other. Those of a cell at or above BLOCKED_SHARE are `suspected` and never
 * `interfered`, since documents of that time have no pairs; the others `accessible`.
 */
export function votesOfCells(cells: readonly HourlyCell[]): readonly Vote[] {
  return cells.flatMap((cell) => {
    const blocked = Math.max(
      cell.dns_isp_blocked ?? 0,
      cell.dns_other_blocked ?? 0,
      cell.tcp_blocked ?? 0,
      cell.tls_blocked ?? 0,
    );
    return Array.from({ length: Math.min(cell.count, MAX_VOTERS) }, (_, i): Vote => {
      const id = `${cell.ts} ${i}`;
      return {
        measurementId: id,
        domain: cell.domain,
        network: { asn: cell.probe_asn, access: 'unknown' },
        pseudonym: id,
        at: Date.parse(cell.ts),
        receivedAt: Date.parse(cell.ts),
        outcome: blocked >= BLOCKED_SHARE ? 'suspected' : 'accessible',
        method: null,
        cause: null,
        evidence: blocked >= BLOCKED_SHARE ? 'weak' : null,
      };
    });
  });
}

/** null, where the file is not there. */
export function readUganda(file = FILE): readonly Vote[] | null {
  if (!existsSync(file)) return null;
  return votesOfCells(JSON.parse(readFileSync(file, 'utf8')) as readonly HourlyCell[]);
}
