/** One run's way with a target: measure, redact, judge, seal, keep. */
import { leadsHome } from '../../shared/codec/ip.ts';
import type { JudgeContext } from '../../shared/judge/index.ts';
import type { Descriptor } from '../../shared/model/index.ts';
import type { MeasureTools } from '../experiments/tools.ts';
import { askControl } from '../net/ask-control.ts';
import { buildDocument, makeReportId, roundStart } from '../run/document.ts';
import { measureTarget, type RunShared } from '../run/measure-target.ts';
import type { Slot } from '../run/slots.ts';
import { SOFTWARE_VERSION } from '../version.ts';
import type { ChosenTarget } from './choose-targets.ts';
import type { DeviceWords } from './device-word.ts';
import { writeOutput } from './files.ts';
import type { OwnNetwork } from './own-network.ts';
import type { OwnRedactor } from './own-redactor.ts';
import type { printer } from './print-result.ts';
import type { RunSettings } from './run-options.ts';
import type { State } from './state.ts';
import type { Uplink } from './uplink.ts';
import type { Meter } from './usage.ts';
import type { World } from './world.ts';

const REPORT_ID_BYTES = 8;

export interface Run {
  readonly settings: RunSettings;
  readonly network: OwnNetwork;
  readonly world: World;
  readonly state: State;
  readonly uplink: Uplink;
  readonly context: JudgeContext;
  /** The set behind `context.controlKeys`. */
  readonly controlKeys: Set<string>;
  readonly descriptor: Descriptor | null;
  readonly lab: boolean;
  readonly device: DeviceWords;
  readonly meter: Meter;
  /** The volunteer was told that the collector's chain isn't trusted here. */
  readonly saidUntrusted: boolean;
}

/** What the experiments of this run see of the world. */
export function toolsOf(run: Run, { patterns, isOwn }: OwnRedactor): Omit<MeasureTools, 'startedAt'> {
  const { settings, descriptor, context } = run;
  const { net, guard, openHttp } = run.uplink;
  const controlUrl = settings.control ?? descriptor?.controls[0]?.url ?? null;
  return {
    net,
    roots: context.roots,
    dohUrl: settings.dohUrl,
    sensitive: patterns,
    // A forged answer may point anywhere: behind KUAGER_ONLY it is recorded and not followed, and the run goes on. Where
    // a lab maps addresses to loopback, what KUAGER_ONLY speaks of is behind the map.
    mayContact: (address) =>
      (run.world.lab !== undefined || guard.allows(address)) &&
      (run.lab || (!leadsHome(address) && !isOwn(address))),
    askControl:
      controlUrl === null
        ? null
        : async (request, signal) => {
            const answer = await askControl(controlUrl, openHttp, request, signal);
            // Who names a control on the command line vouches for it, also for the key that no descriptor tells.
            if (settings.control !== null && 'reply' in answer && answer.signed !== null)
              run.controlKeys.add(answer.signed.keyid);
            return answer;
          },
  };
}

/** Measures one target, seals what may be published, and keeps both the sealed part and the local result. */
export function workOn(
  run: Run,
  shared: RunShared,
  redactor: OwnRedactor,
  print: ReturnType<typeof printer>,
) {
  const { settings, world, state, device } = run;
  return async (target: ChosenTarget, signal: AbortSignal, slot: Slot): Promise<void> => {
    const startedAt = roundStart(world.now());
    const result = await measureTarget(target, startedAt, shared, signal, slot);
    if (signal.aborted) return;
    const random = Buffer.from(world.random(REPORT_ID_BYTES)).toString('hex');
    const document = buildDocument({
      input: target.url,
      startedAt,
      runtimeSeconds: result.runtimeSeconds,
      testKeys: result.testKeys,
      vantage: settings.vantage,
      network: run.network,
      softwareVersion: SOFTWARE_VERSION,
      listName: target.list,
      resolverAddress: run.uplink.net.systemResolvers()[0]?.address ?? null,
      reportId: makeReportId(startedAt, settings.vantage, random),
    });
    const identity = await state.identityFor(settings, world.now());
    const { measurement, verdict, trusted } = await device.add(
      redactor.redact(document),
      identity,
      world.now(),
    );
    if (trusted !== undefined) print.intercepted(verdict, trusted);
    const sealed = state.seal(measurement, identity);
    const uploads = settings.upload && (target.list !== 'custom' || settings.publish);
    if (uploads) await state.spoolMeasurement(sealed, settings);
    await state.keepResult(sealed.measurementId, target.url, verdict, world.now());
    if (settings.out !== null)
      await writeOutput(settings.out, `${sealed.measurementId}.json`, sealed.payload);
    print.result({
      input: target.url,
      verdict,
      measurementId: sealed.measurementId,
      uploads,
    });
    await run.meter.book(1);
  };
}
