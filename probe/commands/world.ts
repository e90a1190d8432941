/**
 * What a command may reach outside itself. `probe/main.ts` fills it with the real things; the demo and the tests put
 * the loopback lab's hooks in. Nothing else of the probe reads the environment, the clock or the terminal.
 */
import type { LabHooks, NetOptions } from '../net/create-net.ts';
import type { Net } from '../net/net.ts';
import type { Interfaces } from '../report/own-addresses.ts';
import type { HttpOptions } from '../net/http-opener.ts';
import type { OpenHttp } from '../net/http-client.ts';
import type { DeviceFiles } from '../trust-store/device-files.ts';

/** What the system says of itself. */
export interface SystemFacts {
  /** Seconds since the device was started, sleep included. */
  uptime(): number;
  /** Changes with each start of the device; where the system doesn't say, with each start of this program. */
  readonly bootId: string;
  /** A short file of /proc or /sys; null where there is none. */
  text(path: string): string | null;
}

/** This program once more, in a process of its own. Lines come as they are printed; gives its exit status, null when it was killed. */
export type RunProgram = (
  args: readonly string[],
  on: { out(line: string): void; err(line: string): void },
  signal: AbortSignal,
) => Promise<number | null>;

export interface World {
  /** Milliseconds since 1970. */
  now(): number;
  random(bytes: number): Uint8Array;
  createNet(options: NetOptions): Net;
  createHttpOpener(options: HttpOptions): OpenHttp;
  interfaces(): Interfaces;
  /** This device's own address on the way to an address literal, by the system's routes; no packet is sent. */
  routeAddress(address: string): Promise<string | null>;
  /** The device's trust stores; absent: there are none to read. */
  readonly device?: DeviceFiles;
  /** Absent: nothing is known of it, and uptime is the program's own. */
  readonly system?: SystemFacts;
  /** Absent: nobody can start it here. */
  readonly runProgram?: RunProgram;
  /** Gives back the memory that nothing uses now; for a program that stays for weeks. */
  readonly settle?: () => void;
  /** Folder for keys, spool and results of this program. */
  readonly stateFolder: string;
  /** Value of KUAGER_ONLY. */
  readonly only: string | undefined;
  readonly lab?: LabHooks;
  /** Further interception authorities, in the form of testlists/fingerprints/interception.json. */
  readonly extraInterceptionJson?: readonly string[];
  /** Further block-page rows, in the columns of testlists/fingerprints/blockpages.csv, without header. */
  readonly extraBlockpageRows?: string;
  /** Further networks, in the columns of testlists/networks.csv, without header. */
  readonly extraNetworkRows?: string;
  /** Of the system, such as `ru_RU.UTF-8`; empty when it says none. */
  readonly locale: string;
  /** Results: one line each. */
  out(line: string): void;
  /** Everything that is for a person and no result. */
  err(line: string): void;
  readonly terminal: { readonly interactive: boolean; readonly color: boolean; readonly columns: number };
  /** One line from the user; null when nobody can be asked. */
  ask(question: string): Promise<string | null>;
  /** Fires on Ctrl-C and on a request to stop. */
  readonly stop: AbortSignal;
}
