/**
 * What judging depends on beside the measurement: rules, roots, fingerprints, networks, control keys. The files' exact
 * bytes are archived with the date on which they came, and each entry names the context in force when it was received,
 * so that a rebuild years later judges with the same words.
 */
import { fromUtf8, utf8 } from '../../shared/codec/base64.ts';
import { sha256Hex } from '../../shared/codec/digest.ts';
import type { JudgeContext, SnapshotFile } from '../../shared/judge/index.ts';
import { contextFromFiles, RULESET } from '../../shared/judge/index.ts';
import type { KnownReflector, KnownServers } from '../../shared/model/index.ts';
import { CollectorError } from '../errors.ts';
import type { ArchiveStore } from '../store/store.ts';

const CONTEXT_KIND = 'context';
/** Contexts kept ready for judging; each holds the parsed roots. */
const MAX_READY_CONTEXTS = 4;

/** Archived as JSON; its own hash is the context's id. */
interface ContextManifest {
  readonly version: 1;
  readonly files: readonly Omit<SnapshotFile, 'text'>[];
  readonly servers: KnownServers;
}

export interface ReadyContext {
  readonly id: string;
  readonly manifest: ContextManifest;
  readonly judge: JudgeContext;
}

/** `roots-<sha256>.pem`: how a snapshot is called in the archive and in bundles. */
const snapshotName = (file: Omit<SnapshotFile, 'text'>): string =>
  `${file.kind}-${file.sha256}.${file.extension}`;

/** Archives the files and the manifest, without putting the context in force. */
function archiveFiles(archive: ArchiveStore, judge: JudgeContext, receivedAt: string): ReadyContext {
  for (const file of judge.snapshotFiles) {
    const { kind, sha256 } = file;
    archive.saveSnapshot({ sha256, kind, name: snapshotName(file), bytes: utf8(file.text), receivedAt });
  }
  const files = judge.snapshotFiles.map(({ kind, extension, sha256 }) => ({ kind, extension, sha256 }));
  const servers = { controlKeys: [...judge.controlKeys], reflectors: judge.reflectors };
  const manifest: ContextManifest = { version: 1, files, servers };
  const bytes = utf8(`${JSON.stringify(manifest, null, 1)}\n`);
  const id = sha256Hex(bytes);
  archive.saveSnapshot({
    sha256: id,
    kind: CONTEXT_KIND,
    name: `${CONTEXT_KIND}-${id}.json`,
    bytes,
    receivedAt,
  });
  return { id, manifest, judge };
}

/** Archives the context and puts it in force if another one was. Returns its id. */
export function enforceContext(archive: ArchiveStore, judge: JudgeContext, receivedAt: string): string {
  const { id } = archiveFiles(archive, judge, receivedAt);
  if (archive.currentContext() !== id) archive.putInForce(id, receivedAt);
  return id;
}

function textOf(archive: ArchiveStore, sha256: string): string {
  const snapshot = archive.snapshot(sha256);
  const text = snapshot === null || sha256Hex(snapshot.bytes) !== sha256 ? null : fromUtf8(snapshot.bytes);
  if (text === null) throw new CollectorError('DATA_DAMAGED', `archive.db lacks the snapshot ${sha256}`);
  return text;
}

function readArchived(archive: ArchiveStore, id: string, receivedAt: string): ReadyContext {
  // Written by `archiveFiles` and compared with its own hash, so its shape needs no second look.
  const manifest = JSON.parse(textOf(archive, id)) as ContextManifest;
  const files = manifest.files.map((file) => ({ ...file, text: textOf(archive, file.sha256) }));
  const ruleset = files.find((file) => file.kind === 'ruleset');
  if (ruleset?.sha256 === RULESET.sha256)
    return { id, manifest, judge: contextFromFiles(files, manifest.servers) };
  // Rules are code: this program can only judge by its own, and a verdict must say so.
  const own = files.map((file) => (file.kind === 'ruleset' ? { ...file, text: RULESET.text } : file));
  return archiveFiles(archive, contextFromFiles(own, manifest.servers), receivedAt);
}

/**
 * Contexts of this archive by id, parsed once. The context that comes back has another id than the one asked for when
 * its rules are of another version of this program. Throws DATA_DAMAGED when the archive lacks a file.
 */
export function createContexts(archive: ArchiveStore, now: () => string): (id: string) => ReadyContext {
  const ready = new Map<string, ReadyContext>();
  return (id) => {
    const known = ready.get(id);
    if (known !== undefined) return known;
    const context = readArchived(archive, id, now());
    const oldest = ready.keys().next().value;
    if (ready.size >= MAX_READY_CONTEXTS && oldest !== undefined) ready.delete(oldest);
    ready.set(id, context);
    return context;
  };
}

/**
 * One entry for each name and signing key, the newest first. Certificates of a name are joined: those who look a
 * reflector up by its name have to find the pairs that were made before its certificate was renewed.
 */
function joinReflectors(reflectors: readonly KnownReflector[]): readonly KnownReflector[] {
  const names = [...new Set(reflectors.map(({ name }) => name))];
  return names.flatMap((name) => {
    const entries = reflectors.filter((entry) => entry.name === name);
    const spkiSha256 = [...new Set(entries.flatMap((entry) => entry.spkiSha256))];
    const keys = [...new Set(entries.flatMap(({ key }) => key ?? []))];
    return keys.length === 0 ? [{ name, spkiSha256 }] : keys.map((key) => ({ name, spkiSha256, key }));
  });
}

/**
 * These servers and those that the context in force names: what a probe measured with an earlier reflector or control,
 * and hands in now, still counts. Throws DATA_DAMAGED when the archive lacks that context.
 */
export function withEarlierServers(archive: ArchiveStore, now: KnownServers): KnownServers {
  const id = archive.currentContext();
  if (id === null) return now;
  const { servers } = JSON.parse(textOf(archive, id)) as ContextManifest;
  return {
    controlKeys: [...new Set([...now.controlKeys, ...servers.controlKeys])],
    reflectors: joinReflectors([...now.reflectors, ...servers.reflectors]),
  };
}
