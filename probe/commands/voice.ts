/** What an unattended probe says to the collector: heartbeats, journals, and results of other networks in a pause of their own. */
import { REPLY_KEY_BYTES } from '../../shared/codec/sealed-reply.ts';
import type { Descriptor } from '../../shared/model/index.ts';
import { sealNote, submissionOf } from '../report/seal.ts';
import { deliver, gapBefore, GROUP_GAP_MS } from '../report/upload.ts';
import type { Beginning } from '../watch/journal-lines.ts';
import { journalOf, looksIn } from '../watch/journal.ts';
import type { Beat } from '../watch/keep-watch.ts';
import type { BeatSender, Sent } from './beat-sender.ts';
import type { Member, Members } from './member.ts';
import { randomFraction } from './random.ts';
import type { State } from './state.ts';
import type { Uplink } from './uplink.ts';
import type { WatchState } from './watch-state.ts';
import type { World } from './world.ts';

/** A journal of a time that the present clock can't have meant is signed by today's key. Milliseconds. */
const MAX_JOURNAL_AGE_MS = 60 * 24 * 60 * 60_000;
/** Pauses for other networks: no oftener than this. Milliseconds. */
const ROOM_EVERY_MS = { results: 24 * 60 * 60_000, journal: 60 * 60_000 } as const;
const MINUTE_MS = 60_000;

export interface VoiceParts {
  readonly world: World;
  readonly collectorUrl: string;
  readonly uplink: Uplink;
  readonly state: State;
  readonly watchState: WatchState;
  readonly members: Members;
  readonly sender: BeatSender;
  /** Asks for it where it isn't known yet; null: still not. */
  readonly descriptor: () => Promise<Descriptor | null>;
  /** The collector answers a question that anybody may ask. */
  readonly isThere: () => Promise<boolean>;
  /** Seconds, as a heartbeat states it. */
  readonly period: () => number;
  readonly onSent: (sent: Sent, member: Member) => void;
  readonly onRoom: () => void;
  readonly onUnknownNetwork: () => void;
}

export interface Voice {
  beat(nextMs: number): Promise<Beat>;
  /** Says goodbye if anybody was told before that it is there. */
  leave(signal: AbortSignal): Promise<boolean>;
  /** Seals a journal that has come to its end into the spool, and sends it. Gives its looks; null: there was none. */
  handOver(): Promise<number | null>;
  /** Sends what waits under other keys, if it is time, in a pause of ten minutes before and after. */
  makeRoom(): Promise<void>;
  /**
   * Device minus collector, whole minutes, for a journal that began there; null: not known. What the collector said to another key is
   * not known to this one: by a time of its own for each key it could find out which keys are one device.
   */
  clockOffset(beginning: Beginning): Promise<number | null>;
}

export function createVoice(parts: VoiceParts): Voice {
  const { world, uplink, state, watchState, members, sender, descriptor, period } = parts;
  const { spool, identities } = state;
  const now = (): number => world.now();
  const sleep = (ms: number, signal: AbortSignal): Promise<boolean> => uplink.net.sleep(ms, signal);
  let clockOffset: { readonly group: string; readonly minutes: number } | null = null;
  let lastMember: Member | null = null;
  /** The key under which the collector believes that this device is there. */
  let present: Member | null = null;

  // One at a time: a pause for another network is none when a heartbeat falls into it.
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = turn.then(work, work);
    turn = mine.catch(() => undefined);
    return mine;
  };

  /** By an amount that nobody knows: a key that speaks ten minutes after another one, to the second, is of the same device. */
  const beyondGap = (gap: number): number => gap + randomFraction(world) * GROUP_GAP_MS;

  /** Whose journal it is. */
  const memberOf = async ({ line: begun, at: begunAt }: Beginning): Promise<Member> => {
    // Begun where nothing was known of the network: it is the one where it ended.
    const line = begun.asn === 'AS0' ? (lastMember?.line ?? begun) : begun;
    const at = Math.abs(now() - begunAt) > MAX_JOURNAL_AGE_MS ? now() : begunAt;
    return { line, identity: await identities.keyFor({ cc: line.cc, asn: line.asn, now: at }) };
  };

  const say = async (member: Member, leaving: boolean, signal: AbortSignal): Promise<Sent> => {
    const { identity, line } = member;
    const { group } = identity;
    const heartbeat = async () => ({
      kind: 'heartbeat' as const,
      ...line,
      period_s: Math.round(period()),
      sequence: await watchState.nextSequence(identity, now()),
      leaving,
    });
    await spool.setWindow({ group, at: now() });
    const sent = await sender.send(heartbeat, identity, signal);
    await spool.setWindow({ group, at: now() });
    if (sent.kind === 'heard') {
      present = leaving ? null : member;
      const { serverTime } = sent;
      clockOffset =
        serverTime === null ? null : { group, minutes: Math.round((now() - serverTime) / MINUTE_MS) };
    }
    parts.onSent(sent, member);
    return sent;
  };

  /** Waits until no other key has spoken for ten minutes; the member may be another one by then. Null: it is to stop, or unknown. */
  const memberInItsWindow = async (): Promise<Member | null> => {
    for (;;) {
      const member = await members.current();
      if (member === null) return null;
      const { group } = member.identity;
      if (lastMember !== null && lastMember.identity.group !== group) {
        await sender.close();
        present = null;
      }
      lastMember = member;
      const gap = await gapBefore(group, { spool, now });
      if (gap === 0) return member;
      if (!(await sleep(beyondGap(gap), world.stop))) return null;
    }
  };

  const sendSpool = (how: { preferGroup: string } | { patient: true }, known: Descriptor) =>
    deliver({
      spool,
      descriptor: known,
      collectorUrl: parts.collectorUrl,
      openHttp: uplink.openHttp,
      signal: world.stop,
      now,
      random: () => randomFraction(world),
      sleep,
      ...how,
    });

  const pauseFor = async (known: Descriptor, minEveryMs: number): Promise<void> => {
    const { lastRoomAt } = watchState.times();
    const since = lastRoomAt === null ? Number.POSITIVE_INFINITY : Math.abs(now() - lastRoomAt);
    const own = (await members.current())?.identity.group;
    const others = (await spool.pending()).entries.some(({ group }) => group !== own);
    if (!others || since < minEveryMs) return;
    parts.onRoom();
    await watchState.setTimes({ lastRoomAt: now() });
    if (present !== null) await say(present, true, world.stop);
    await sender.close();
    if (!(await sleep(beyondGap(GROUP_GAP_MS), world.stop))) return;
    await sendSpool({ patient: true }, known);
  };

  return {
    async clockOffset(beginning) {
      if (clockOffset === null) return null;
      const { identity } = await memberOf(beginning);
      return identity.group === clockOffset.group ? clockOffset.minutes : null;
    },
    beat: (nextMs) =>
      inTurn(async () => {
        const known = await descriptor();
        if (known === null) return 'nobody';
        const member = await memberInItsWindow();
        if (member === null) {
          if (world.stop.aborted || !(await parts.isThere())) return 'nobody';
          parts.onUnknownNetwork();
          return 'busy';
        }
        const leaving = now() + nextMs >= member.identity.endsAt;
        const sent = await say(member, leaving, world.stop);
        return sent.kind;
      }),
    leave: (signal) =>
      inTurn(async () => {
        // From where it stood, or not at all: elsewhere it would link two networks.
        const member = present;
        if (member === null || signal.aborted) return false;
        const here = await members.current();
        if (here?.identity.group !== member.identity.group) return false;
        return (await say(member, true, signal)).kind === 'heard';
      }),
    async handOver() {
      const journal = watchState.journal();
      if (journal?.ending == null) return null;
      const { beginning, stretches, ending } = journal;
      if (stretches.length > 0) {
        const { line, identity } = await memberOf(beginning);
        const { noteId, envelope } = sealNote(journalOf(line, stretches, ending), identity);
        const replyKey = world.random(REPLY_KEY_BYTES);
        await spool.add({
          measurementId: noteId,
          group: identity.group,
          submission: submissionOf(envelope, null, replyKey),
          replyKey,
        });
      }
      await watchState.dropJournal();
      await inTurn(async () => {
        const known = await descriptor();
        const own = lastMember?.identity.group;
        if (known === null || own === undefined || !ending.over) return;
        await sendSpool({ preferGroup: own }, known);
        await pauseFor(known, ROOM_EVERY_MS.journal);
      });
      return looksIn(stretches);
    },
    makeRoom: () =>
      inTurn(async () => {
        const known = await descriptor();
        if (known !== null) await pauseFor(known, ROOM_EVERY_MS.results);
      }),
  };
}
