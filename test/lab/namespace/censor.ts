import type {
  AddressRule,
  CensorRule,
  Freeze,
  Line,
  Residual,
  SniRule,
  HostRule,
} from '../../scenarios/scenario.ts';
import { chooseAddressRule, chooseRule } from './choose-rule.ts';
import { countingBox, standsEverywhere } from '../loopback/decide.ts';
import { FirstStretch, FlowTable } from './flow.ts';
import type { Flow } from './flow.ts';
import {
  acknowledge,
  alertRecord,
  answerToClient,
  resetToClient,
  resetToServer,
  responseBytes,
} from './forge.ts';
import { createLine } from './line.ts';
import type { OneWay } from './line.ts';
import {
  fixChecksums,
  readPacket,
  readTcp,
  readUdpPorts,
  TCP,
  withEndpoint,
  writeUnreachable,
} from './packet.ts';
import type { IpPacket, TcpSegment } from './packet.ts';

/**
 * The path between a client and the rest, as a function: a packet and the time go in, packets come out. It routes, holds the
 * client's access line, and does what the scenario's rules say to packets that it has seen pass; it never holds one
 * back to look at it.
 */

/** The three namespaces that hang on it. `outside`: collector, control and reflector. */
export type Leg = 'client' | 'world' | 'outside';

export interface Sent {
  readonly leg: Leg;
  readonly packet: Buffer;
  readonly atMs: number;
}

export interface PathSettings {
  readonly rules: readonly CensorRule[];
  readonly line: Line;
  readonly addresses: Readonly<Record<Leg, ReadonlySet<string>>>;
  /** The operator's own services, which a rule for everything leaves alone. */
  readonly spared: ReadonlySet<string>;
  /** `view address port`: where a site answers nobody of that view (`client` or `outside`). */
  readonly dead: ReadonlyMap<string, 'refused' | 'silent'>;
  /** `address port` → port of the box that ends connections itself; `*`: where nothing else stands. */
  readonly boxPorts: ReadonlyMap<string, number>;
  readonly boxAddress: { readonly 4: string; readonly 6: string };
  /** Numbers from 0 to 1. */
  readonly random: () => number;
}

interface FlowState {
  readonly stretch: FirstStretch;
  first: Buffer | null;
  decided: boolean;
  mode: 'open' | 'dead' | 'answered';
  /** RST at the first byte. */
  resets: boolean;
  slow: OneWay | null;
  freezeAfter: number;
  bytesToClient: number;
  answer: { readonly to: number; readonly packets: readonly Buffer[]; readonly end: number } | null;
  /** Port of the box to which the connection was turned. */
  readonly boxPort: number | null;
}

const SECOND_MS = 1000;
const KBIT = 1000;

export function createPath(settings: PathSettings) {
  const { rules, line, addresses, random } = settings;
  const lineSettings = {
    // Half of the round each way.
    ...(line.delayMs === undefined ? {} : { delayMs: line.delayMs / 2 }),
    ...(line.kbitPerSecond === undefined ? {} : { bitsPerSecond: line.kbitPerSecond * KBIT }),
    ...(line.loss === undefined ? {} : { loss: line.loss }),
  };
  const [up, down] = [createLine(lineSettings, random), createLine(lineSettings, random)];
  const flows = new FlowTable<FlowState>();
  /** Connections turned to the box, by the client's port and the box's. */
  const turned = new Map<string, Flow<FlowState>>();
  const catchesAll = standsEverywhere(rules);
  const takes = countingBox();
  let clientUntilMs: number | null = line.penalisedSeconds === undefined ? 0 : null;
  const triplesUntilMs = new Map<string, number>();
  let connections = 0;

  const legOf = (address: string): Leg | null =>
    (['client', 'world', 'outside'] as const).find((leg) => addresses[leg].has(address)) ?? null;
  const toClient = (packet: Buffer, nowMs: number): readonly Sent[] => {
    const atMs = down(packet.length, nowMs);
    return atMs === null ? [] : [{ leg: 'client', packet, atMs }];
  };
  const tripleOf = (address: string, port: number): string => `${address} ${port}`;
  const punished = (address: string, port: number | null, nowMs: number): boolean =>
    nowMs < (clientUntilMs ?? 0) ||
    (port !== null && nowMs < (triplesUntilMs.get(tripleOf(address, port)) ?? 0));

  function punish(residual: Residual | undefined, flow: Flow<FlowState>, nowMs: number): void {
    if (residual === undefined) return;
    const until = nowMs + residual.seconds * SECOND_MS;
    if (residual.scope === 'client') clientUntilMs = Math.max(clientUntilMs ?? 0, until);
    else triplesUntilMs.set(tripleOf(flow.server.address, flow.server.port), until);
  }

  function freeze(state: FlowState, rule: Freeze): void {
    state.freezeAfter = rule.afterBytes;
  }

  function slow(state: FlowState, rule: Extract<AddressRule['action'], { kind: 'throttle' }>): void {
    state.slow = createLine(
      {
        ...(rule.delayMs === undefined ? {} : { delayMs: rule.delayMs }),
        ...(rule.bytesPerSecond === undefined ? {} : { bitsPerSecond: rule.bytesPerSecond * 8 }),
        ...(rule.loss === undefined ? {} : { loss: rule.loss }),
      },
      random,
    );
  }

  /** What goes to whom instead of the packet that fired the rule; null: the packet passes. */
  function act(
    flow: Flow<FlowState>,
    packet: IpPacket,
    segment: TcpSegment,
    action: SniRule['action'] | HostRule['action'],
    nowMs: number,
  ): readonly Sent[] | null {
    const { state } = flow;
    const onward = legOf(packet.destination);
    const cutServer = (): readonly Sent[] =>
      onward === null || state.boxPort !== null
        ? []
        : [{ leg: onward, packet: resetToServer(packet, segment), atMs: nowMs }];
    const answer = (data: Buffer): readonly Sent[] => {
      state.mode = 'answered';
      state.answer = { to: segment.sequence, ...answerToClient(packet, segment, data) };
      return [...state.answer.packets.flatMap((p) => toClient(p, nowMs)), ...cutServer()];
    };
    switch (action.kind) {
      case 'pass':
      case 'intercept':
      case 'divert':
        // The box to which the connection was turned at its first packet does the rest.
        return null;
      case 'drop':
        state.mode = 'dead';
        return [];
      case 'reset':
        state.mode = 'dead';
        return [...toClient(resetToClient(packet, segment), nowMs), ...cutServer()];
      case 'close':
        return answer(Buffer.alloc(0));
      case 'alert':
        return answer(alertRecord(action.description));
      case 'inject':
        return answer(responseBytes(action.response));
      case 'throttle':
        slow(state, action);
        return null;
      case 'freeze':
        freeze(state, action);
        return null;
    }
  }

  /** Onward to where the client wanted it, or to the box. */
  function forward(flow: Flow<FlowState>, packet: IpPacket, nowMs: number): readonly Sent[] {
    const { state } = flow;
    const atMs = state.slow === null ? nowMs : state.slow(packet.bytes.length, nowMs);
    if (atMs === null) return [];
    if (state.boxPort !== null) {
      const box = { address: settings.boxAddress[packet.family], port: state.boxPort };
      return [{ leg: 'world', packet: withEndpoint(packet, 'destination', box), atMs }];
    }
    const leg = legOf(packet.destination);
    if (leg === null) return [];
    fixChecksums(packet.bytes);
    return [{ leg, packet: packet.bytes, atMs }];
  }

  function boxPortFor(packet: IpPacket, segment: TcpSegment): number | null {
    const { boxPorts } = settings;
    const key = `${packet.destination} ${segment.destinationPort}`;
    const nobodyThere = legOf(packet.destination) === null || settings.dead.has(`client ${key}`);
    return boxPorts.get(key) ?? (catchesAll && nobodyThere ? boxPorts.get('*') : undefined) ?? null;
  }

  function begin(packet: IpPacket, segment: TcpSegment): Flow<FlowState> {
    const boxPort = boxPortFor(packet, segment);
    const flow = flows.begin(packet, segment, {
      stretch: new FirstStretch((segment.sequence + 1) >>> 0),
      first: null,
      decided: false,
      mode: 'open',
      resets: line.cutsEvery !== undefined && ++connections % line.cutsEvery === 0,
      slow: null,
      freezeAfter: Number.POSITIVE_INFINITY,
      bytesToClient: 0,
      answer: null,
      boxPort,
    });
    if (boxPort !== null)
      turned.set(`${packet.family} ${packet.source} ${segment.sourcePort} ${boxPort}`, flow);
    const action = chooseAddressRule(
      rules,
      packet.destination,
      segment.destinationPort,
      settings.spared,
    )?.action;
    if (action?.kind === 'reset') flow.state.resets = true;
    if (action?.kind === 'throttle') slow(flow.state, action);
    if (action?.kind === 'freeze') freeze(flow.state, action);
    return flow;
  }

  function tcpFromClient(packet: IpPacket, segment: TcpSegment, nowMs: number): readonly Sent[] {
    const isFirst = (segment.flags & (TCP.syn | TCP.ack)) === TCP.syn;
    const before = flows.fromClient(packet, segment);
    const repeated = before !== undefined && before.start === (segment.sequence + 1) >>> 0;
    const flow = isFirst && !repeated ? begin(packet, segment) : before;
    if (flow === undefined) return [];
    const { state } = flow;
    if (state.mode === 'dead') return [];
    if (state.mode === 'answered' && state.answer !== null) {
      const { to, packets, end } = state.answer;
      if (segment.data.length > 0 && segment.sequence === to)
        return packets.flatMap((p) => toClient(p, nowMs));
      const wantsAck = segment.data.length > 0 || (segment.flags & TCP.fin) !== 0;
      return wantsAck ? toClient(acknowledge(packet, segment, end), nowMs) : [];
    }
    if (segment.data.length === 0 || (state.decided && !state.resets)) {
      if (state.bytesToClient > state.freezeAfter) return [];
      return forward(flow, packet, nowMs);
    }
    if (state.resets) {
      const sent = act(flow, packet, segment, { kind: 'reset' }, nowMs);
      return sent ?? [];
    }
    state.first ??= Buffer.from(segment.data);
    state.stretch.add(segment);
    const rule = chooseRule(rules, state.stretch.bytes, state.first, packet.destination, takes);
    if (rule === 'not yet') return forward(flow, packet, nowMs);
    state.decided = true;
    const instead = rule === null ? null : act(flow, packet, segment, rule.action, nowMs);
    if (rule !== null) punish(rule.residual, flow, nowMs);
    return instead ?? forward(flow, packet, nowMs);
  }

  function refuse(packet: IpPacket, segment: TcpSegment | null, nowMs: number): readonly Sent[] {
    const opens = segment !== null && (segment.flags & (TCP.syn | TCP.ack)) === TCP.syn;
    return opens ? toClient(resetToClient(packet, { ...segment, acknowledgement: 0 }), nowMs) : [];
  }

  function fromClient(packet: IpPacket, nowMs: number): readonly Sent[] {
    const segment = readTcp(packet);
    const port = segment?.destinationPort ?? readUdpPorts(packet)?.destinationPort ?? null;
    if (line.penalisedSeconds !== undefined) clientUntilMs ??= nowMs + line.penalisedSeconds * SECOND_MS;
    if (punished(packet.destination, port, nowMs)) return [];
    if (packet.family === 6 && line.ipv6 === 'silent') return [];
    const action = chooseAddressRule(rules, packet.destination, port, settings.spared)?.action.kind;
    if (action === 'drop') return [];
    if (action === 'refuse') return refuse(packet, segment, nowMs);
    if (action === 'unreachable') return toClient(writeUnreachable(packet), nowMs);
    const turnedAway = segment !== null && boxPortFor(packet, segment) !== null;
    const dead = settings.dead.get(`client ${packet.destination} ${port}`);
    if (dead !== undefined && !turnedAway) return dead === 'refused' ? refuse(packet, segment, nowMs) : [];
    const leg = legOf(packet.destination);
    if (leg === null && !turnedAway) return line.elsewhere === 'silent' ? [] : refuse(packet, segment, nowMs);
    if (segment !== null) return tcpFromClient(packet, segment, nowMs);
    if (leg === null) return [];
    fixChecksums(packet.bytes);
    return [{ leg, packet: packet.bytes, atMs: nowMs }];
  }

  function turnedFlow(packet: IpPacket, segment: TcpSegment): Flow<FlowState> | undefined {
    if (packet.source !== settings.boxAddress[packet.family]) return undefined;
    return turned.get(
      `${packet.family} ${packet.destination} ${segment.destinationPort} ${segment.sourcePort}`,
    );
  }

  function towardsClient(packet: IpPacket, nowMs: number): readonly Sent[] {
    const segment = readTcp(packet);
    if (packet.family === 6 && line.ipv6 === 'silent') return [];
    if (segment === null) {
      if (punished(packet.source, readUdpPorts(packet)?.sourcePort ?? null, nowMs)) return [];
      fixChecksums(packet.bytes);
      return toClient(packet.bytes, nowMs);
    }
    const viaBox = turnedFlow(packet, segment);
    const flow = viaBox ?? flows.fromServer(packet, segment);
    if (flow === undefined || flow.state.mode !== 'open') return [];
    if (punished(flow.server.address, flow.server.port, nowMs)) return [];
    const { state } = flow;
    state.bytesToClient += segment.data.length;
    if (state.bytesToClient > state.freezeAfter) return [];
    const atMs = state.slow === null ? nowMs : state.slow(packet.bytes.length, nowMs);
    if (atMs === null) return [];
    if (viaBox !== undefined) return toClient(withEndpoint(packet, 'source', flow.server), atMs);
    fixChecksums(packet.bytes);
    return toClient(packet.bytes, atMs);
  }

  /** Between the world and the collector nobody interferes; a site may still be silent there. */
  function between(packet: IpPacket, leg: Leg, nowMs: number): readonly Sent[] {
    const segment = readTcp(packet);
    const dead =
      leg === 'world' && segment !== null
        ? settings.dead.get(`outside ${packet.destination} ${segment.destinationPort}`)
        : undefined;
    if (dead === 'silent') return [];
    if (dead === 'refused') {
      if (segment === null || (segment.flags & TCP.ack) !== 0) return [];
      return [
        { leg: 'outside', packet: resetToClient(packet, { ...segment, acknowledgement: 0 }), atMs: nowMs },
      ];
    }
    fixChecksums(packet.bytes);
    return [{ leg, packet: packet.bytes, atMs: nowMs }];
  }

  /** `nowMs` is a monotonic clock's. `bytes` may be written to. */
  return (from: Leg, bytes: Buffer, nowMs: number): readonly Sent[] => {
    const packet = readPacket(bytes);
    if (packet === null) return [];
    if (from === 'client') {
      const atMs = up(packet.bytes.length, nowMs);
      return atMs === null ? [] : fromClient(packet, atMs);
    }
    const leg = legOf(packet.destination);
    if (leg === 'client') return towardsClient(packet, nowMs);
    if (leg !== null) return between(packet, leg, nowMs);
    // An address that nobody has: refused, so that a collector does not wait for what the lab lacks.
    const segment = readTcp(packet);
    if (segment === null || (segment.flags & (TCP.syn | TCP.ack)) !== TCP.syn) return [];
    return [{ leg: from, packet: resetToClient(packet, { ...segment, acknowledgement: 0 }), atMs: nowMs }];
  };
}

export type Path = ReturnType<typeof createPath>;
