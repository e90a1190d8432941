/** Which stores a system has. Each is read by itself: one that can't be read is named and hides no other. */
import { readChromium } from './chromium.ts';
import type { DeviceFiles } from './device-files.ts';
import { readEnvironment } from './environment.ts';
import { readJava } from './java.ts';
import { readLinux } from './linux.ts';
import { readMacos } from './macos.ts';
import { readNss } from './nss.ts';
import type { StoreReader, StoreReading } from './reading.ts';
import { readWindows } from './windows.ts';

const EVERYWHERE: readonly StoreReader[] = [readNss, readChromium, readJava, readEnvironment];
const BY_SYSTEM: Readonly<Record<string, StoreReader>> = { win32: readWindows, darwin: readMacos };
/** Their stores can't be read by a program: a person has to look. */
const CLOSED_SYSTEMS: readonly string[] = ['android', 'ios'];

export const isClosed = (files: DeviceFiles): boolean => CLOSED_SYSTEMS.includes(files.platform);

export async function readStores(files: DeviceFiles): Promise<readonly StoreReading[]> {
  if (isClosed(files)) return [];
  const readers = [BY_SYSTEM[files.platform] ?? readLinux, ...EVERYWHERE];
  return (await Promise.all(readers.map((read) => read(files)))).flat();
}
