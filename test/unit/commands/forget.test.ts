import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { forgetCommand } from '../../../probe/commands/forget.ts';
import { openState } from '../../../probe/commands/state.ts';
import type { World } from '../../../probe/commands/world.ts';
import { makeConsentRecord } from '../../../probe/consent/record.ts';
import { writeConsent } from '../../../probe/consent/store.ts';
import { rememberCollector } from '../../../probe/report/last-collector.ts';

const NOW = Date.parse('2026-11-22T10:00:00Z');

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'kuager-forget-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Paths of all files below a folder. */
const filesIn = (path: string): string[] =>
  readdirSync(path, { recursive: true, withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? [] : [join(entry.parentPath, entry.name)],
  );

it('leaves no file: not what was kept, nor what a writer that was killed had begun', async () => {
  const world = {
    stateFolder: folder,
    now: () => NOW,
    random: (n: number) => new Uint8Array(randomBytes(n)),
    out: () => undefined,
    err: () => undefined,
    ask: () => Promise.resolve(null),
  } as unknown as World;
  const state = await openState(world);
  const { group } = await state.identities.keyFor({ cc: 'KZ', asn: 'AS9198', now: NOW });
  await state.met.meet({ spki: 'ab'.repeat(32), owner: 'Beeline', key: group, now: NOW });
  await rememberCollector(join(folder, 'collectors'), 'https://collector.example/');
  await writeConsent(folder, makeConsentRecord({ version: 1, language: 'en', how: 'flag', now: NOW }));
  const rooms = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((e) => e.isDirectory());
  for (const path of [folder, ...rooms.map((e) => join(e.parentPath, e.name))])
    writeFileSync(join(path, '.tmp-0011223344556677'), 'keys, networks, authorities');
  expect(filesIn(folder).length).toBeGreaterThan(rooms.length + 4);
  expect(await forgetCommand({ yes: true }, world)).toBe(0);
  expect(filesIn(folder)).toEqual([]);
});
