/** What a running collector is told, and what it gives. */
import type { Cidr } from '../shared/codec/ip.ts';
import type { ReflectorDescriptor } from '../shared/model/index.ts';
import type { CollectorKeys } from './archive/keys.ts';
import type { InterceptionEntry } from './archive/snapshots.ts';
import type { Endpoint, LookupAnswer, ReflectorEndpoint } from './control/index.ts';
import type { DiarySettings } from './keep-diary.ts';
import type { HostPort } from './listen.ts';
import type { LookupNetwork, NetworkFiles } from './networks.ts';
import type { NotifyFiles } from './notifications.ts';
import type { OutsidePaths } from './outside-files.ts';
import type { WhoamiSettings } from './reflectors.ts';
import type { RequestLog } from './web/options.ts';

export interface CollectorOptions {
  readonly data: string;
  readonly listen: HostPort;
  /** Without it: http and the address listened on. */
  readonly publicUrl?: string;
  /** Private or loopback blocks that the control may reach all the same; for labs only. */
  readonly labAllow?: readonly Cidr[];
  readonly extraRootsPem?: readonly string[];
  readonly extraInterceptionEntries?: readonly InterceptionEntry[];
  /** Files in the form of interception.json, as text. */
  readonly interceptionFiles?: readonly string[];
  /** Further block-page rows, in the columns of testlists/fingerprints/blockpages.csv, without header. */
  readonly extraBlockpageRows?: string;
  /** Further networks, in the columns of testlists/networks.csv, without header. */
  readonly extraNetworkRows?: string;
  readonly reflector?: {
    readonly listen?: readonly HostPort[];
    /** Absent: the port after the others. */
    readonly selfSignedListen?: HostPort;
    /** False: no ports but those given; absent: three and a self-signed one in all. */
    readonly furtherPorts?: boolean;
    readonly identity?: { readonly keyPem: string; readonly certPem: string };
    readonly addresses?: readonly string[];
    /** Needs `networks`. */
    readonly whoami?: WhoamiSettings;
    /** What the descriptor says instead of what is bound; for the loopback lab, whose addresses are mapped. */
    readonly described?: Partial<ReflectorDescriptor>;
  };
  /** Address databases of the operator; without them nothing is said of anybody's network. */
  readonly networks?: NetworkFiles;
  /** Reflectors run by others: named in the descriptor after the own one, and believed when judging. */
  readonly otherReflectors?: readonly ReflectorDescriptor[];
  /** Hooks of the loopback lab for the control's sockets. */
  readonly lab?: {
    readonly lookup?: (hostname: string) => Promise<LookupAnswer>;
    readonly mapTcp?: (endpoint: Endpoint) => Endpoint | { readonly failure: string };
    readonly mapUdp?: (endpoint: Endpoint) => Endpoint;
    /** Whom the control's walk asks recursively; goes through `mapUdp` and `mapTcp`. */
    readonly resolver?: Endpoint;
  };
  /** What the control looks at by itself, from time to time; nothing without it. */
  readonly diary?: DiarySettings;
  /** Who is told of alerts; nobody without it. */
  readonly notify?: NotifyFiles;
  /** What others show of outages, and days to be remembered; see outside-files.ts. */
  readonly outside?: OutsidePaths;
  /** Who is asked whether the collector's own line works, before a silence is announced; see own-uplink.ts. */
  readonly ownAnchors?: readonly HostPort[];
  /** The value of KUAGER_ONLY. */
  readonly only: string | undefined;
  readonly nowMs?: () => number;
  /** Beside `nowMs`, for counting heartbeats: tells whether that one was set. */
  readonly monotonicMs?: () => number;
  /** For tests of full disks. */
  readonly maxArchivePages?: number;
  readonly onRequest?: (line: RequestLog) => void;
  readonly onFault?: (error: unknown, what: string) => void;
  /** What the operator must see. */
  readonly notice?: (line: string, loud: boolean) => void;
}

export interface RunningCollector {
  /** Without a final slash. */
  readonly url: string;
  readonly keys: CollectorKeys;
  readonly reflector: ReflectorDescriptor;
  /** Where the reflector really listens, the ports given first. */
  readonly reflectorEndpoints: readonly ReflectorEndpoint[];
  /** Where the whoami server really listens (UDP). */
  readonly whoami: HostPort | null;
  /** Null without a database. */
  readonly lookupNetwork: LookupNetwork | null;
  /** Entries archived earlier that were derived at this start. */
  readonly caughtUp: number;
  /** Measures every URL of the diary now; how many entries were written. */
  runDiary(): Promise<number>;
  /** Counts and judges the minute of heartbeats that is over, if one is; otherwise done once a minute. */
  countBeats(): Promise<void>;
  /** Stops taking requests, finishes those that run, closes the databases. */
  close(): Promise<void>;
}
