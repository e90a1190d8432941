import { existsSync, renameSync, rmSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { randomBytes } from 'node:crypto';
import { fromUtf8, toHex } from '../../shared/codec/base64.ts';
import { sha256Hex } from '../../shared/codec/digest.ts';
import type { Measurement, Verdict } from '../../shared/model/index.ts';
import { createContexts } from '../archive/context.ts';
import { syncFolder, writeDurably } from '../archive/files.ts';
import { trustFile } from '../archive/keys.ts';
import { createLog, isoSeconds } from '../archive/log.ts';
import type { Log } from '../archive/log.ts';
import { CollectorError } from '../errors.ts';
import { payloadOf } from '../judging.ts';
import { buildBundle } from '../publish/evidence.ts';
import type { EvidenceItem, EvidenceSnapshot } from '../publish/evidence-input.ts';
import type { CommandIo, GlobalFlags } from './io.ts';
import type { OpenedFolder } from './store.ts';
import { openFolder } from './store.ts';

/** Measurements in one bundle: a reader must get through report.html. */
const MAX_MEASUREMENTS = 200;
const PUBLIC_FILE = 0o644;

export interface EvidenceOptions {
  readonly data: string;
  readonly measurements: readonly string[];
  /** Ids of interception events: all their measurements. */
  readonly events?: readonly string[];
  readonly out: string;
  readonly force: boolean;
}

/** Throws DATA_DAMAGED when the archive lacks what a verdict rests on. */
function envelopeOf({ archive }: OpenedFolder, id: string): Uint8Array {
  const entry = archive.find(id);
  if (entry === null) throw new CollectorError('DATA_DAMAGED', `archive.db lacks the measurement ${id}`);
  return entry.envelope;
}

async function collect(
  folder: OpenedFolder,
  log: Log,
  id: string,
): Promise<{ item: EvidenceItem; context: string }> {
  const entry = folder.archive.find(id);
  const nonce = folder.archive.nonce(id);
  if (entry === null || nonce === null)
    throw new CollectorError(
      'UNKNOWN_MEASUREMENT',
      `no measurement ${JSON.stringify(id.slice(0, 80))} in the archive`,
    );
  const listing = await folder.derived.listing(id);
  if (listing === null || listing.verdict === null)
    throw new CollectorError('NO_VERDICT', `measurement ${id} has no verdict`);
  const item: EvidenceItem = {
    measurementId: id,
    measurement: JSON.parse(fromUtf8(payloadOf(entry)) ?? '') as Measurement,
    envelope: entry.envelope,
    receivedAt: entry.receivedAt,
    diary: folder.archive.diaryEntries(listing.diary).map(({ signed }) => signed),
    witnesses: listing.witnesses.map((witness) => ({
      measurementId: witness,
      envelope: envelopeOf(folder, witness),
    })),
    logIndex: entry.index,
    nonceHex: toHex(nonce),
    proof: log.proof(entry.index),
    verdict: JSON.parse(listing.verdict) as Verdict,
    verdictJson: listing.verdict,
  };
  return { item, context: listing.context };
}

function snapshotsOf(folder: OpenedFolder, contextId: string, now: () => string) {
  const { manifest } = createContexts(folder.archive, now)(contextId);
  const snapshots = manifest.files.map((file): EvidenceSnapshot => {
    const stored = folder.archive.snapshot(file.sha256);
    if (stored === null || sha256Hex(stored.bytes) !== file.sha256)
      throw new CollectorError('DATA_DAMAGED', `archive.db lacks the snapshot ${file.sha256}`);
    return { ...file, bytes: stored.bytes };
  });
  return { snapshots, servers: manifest.servers };
}

/** All or nothing: the name appears once the bytes are on the disk. */
function writeOut(out: string, bytes: Uint8Array): void {
  const draft = `${out}.${randomBytes(4).toString('hex')}.tmp`;
  try {
    writeDurably(draft, bytes, PUBLIC_FILE);
    renameSync(draft, out);
    syncFolder(dirname(resolve(out)));
  } catch (error) {
    rmSync(draft, { force: true });
    const detail = error instanceof Error ? error.message : String(error);
    throw new CollectorError('OUT_UNWRITABLE', detail, { cause: error });
  }
}

/** Those that came first. Throws UNKNOWN_EVENT; what may be one volunteer's keys is not put into one bundle. */
async function measurementsOfEvents(
  folder: OpenedFolder,
  ids: readonly string[],
): Promise<readonly string[]> {
  const found: string[] = [];
  for (const id of ids) {
    const event = await folder.derived.event(id);
    if (event === null || event.keptBack)
      throw new CollectorError('UNKNOWN_EVENT', `no published event ${JSON.stringify(id.slice(0, 80))}`);
    found.push(...(await folder.derived.measurementsOf(event.key, MAX_MEASUREMENTS)));
  }
  return found;
}

/**
 * `evidence build`: reads, signs and writes a bundle; beside a running collector too. Throws UNKNOWN_MEASUREMENT,
 * UNKNOWN_EVENT, NO_VERDICT, MIXED_SNAPSHOTS, OUT_EXISTS, OUT_UNWRITABLE.
 */
export async function buildEvidence(
  options: EvidenceOptions,
  flags: Pick<GlobalFlags, 'lang'>,
  nowMs: () => number,
): Promise<{ readonly bytes: number; readonly measurements: number }> {
  if (existsSync(options.out) && !options.force)
    throw new CollectorError('OUT_EXISTS', `${options.out} exists`);
  const folder = openFolder(options.data);
  try {
    const ofEvents = await measurementsOfEvents(folder, options.events ?? []);
    const ids = [...new Set([...options.measurements, ...ofEvents])];
    if (ids.length === 0 || ids.length > MAX_MEASUREMENTS)
      throw new CollectorError(
        'USAGE',
        `a bundle takes 1 to ${MAX_MEASUREMENTS} measurements, not ${ids.length}`,
      );
    const { archive, keys } = folder;
    const random = (n: number): Uint8Array => new Uint8Array(randomBytes(n));
    const log = createLog({ archive, keys, nowMs, random });
    const collected = [];
    for (const id of ids) collected.push(await collect(folder, log, id));
    const contexts = new Set(collected.map(({ context }) => context));
    const [context] = contexts;
    if (context === undefined || contexts.size > 1)
      throw new CollectorError('MIXED_SNAPSHOTS', 'these measurements were judged with different snapshots');
    const createdAt = isoSeconds(nowMs());
    const bytes = buildBundle({
      items: collected.map(({ item }) => item),
      ...snapshotsOf(folder, context, () => createdAt),
      collectorSeed: keys.collector.seed,
      collectorKey: keys.collector.publicKey,
      logOrigin: keys.log.origin,
      keys: trustFile(keys),
      createdAt,
      lang: flags.lang,
    });
    writeOut(options.out, bytes);
    return { bytes: bytes.length, measurements: ids.length };
  } finally {
    await folder.close();
  }
}

/** The command: builds, and says where. */
export async function evidenceCommand(
  options: EvidenceOptions,
  flags: GlobalFlags,
  io: CommandIo,
): Promise<void> {
  const { bytes, measurements: count } = await buildEvidence(options, flags, Date.now);
  if (flags.json) io.out(JSON.stringify({ out: options.out, bytes, measurements: count }));
  else
    io.out(
      `${options.out}: ${count} measurement(s), ${bytes} bytes; check it with: kuager verify ${options.out}`,
    );
}
