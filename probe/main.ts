#!/usr/bin/env node
/** `kuager`: argv → command → exit code. The only place that turns our own faults into words and an exit status. */
import { Command, CommanderError } from 'commander';
import { EXIT, ProbeError } from './errors.ts';
import { SOFTWARE_VERSION } from './version.ts';

const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

/** Second Ctrl-C: the user wants out now. */
function stopOnSignal(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const)
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(EXIT.interrupted);
      process.stderr.write('stopping; once more to stop at once\n');
      controller.abort();
    });
  return controller.signal;
}

/** What `run` takes, and `watch` for the runs that it starts. */
function addRunOptions(command: Command): Command {
  return command
    .option('--url <url>', 'measure this URL (repeatable)', collect)
    .option('--input-file <file>', 'measure the URLs of this file, one a line or CSV with a column url')
    .option(
      '--list <name|file>',
      'kz, global-min, or a CSV file in Citizen Lab’s columns (repeatable)',
      collect,
    )
    .option('--collector <url>', 'where results go, and where control and reflectors are learnt')
    .option('--descriptor <file>', 'what the collector says of itself, as its operator handed it over')
    .option('--no-upload', 'keep results on this device')
    .option('--publish', 'also send results for URLs that are on no known list')
    .option('--exclude <url|category>', 'leave out this URL, host or category code (repeatable)', collect)
    .option('--out <folder>', 'also write each measurement to this folder')
    .option('--concurrency <n>', 'targets under way at once')
    .option('--max-runtime <seconds>', 'stop measuring after this time')
    .option('--max-bytes <bytes>', 'stop measuring after this many bytes')
    .option('--yes', 'I have read the risks (`kuager consent`)')
    .option('--risky', 'include targets marked as risky')
    .option(
      '--resolver <address>',
      'resolver to ask on the wire instead of the system’s (repeatable)',
      collect,
    )
    .option(
      '--doh <url>',
      'second resolver, DNS over HTTPS (https://1.1.1.1/dns-query unless told otherwise); "off": none',
    )
    .option('--control <url>', 'control (test helper) instead of the collector’s')
    .option(
      '--reflector <name=address:port[,port]>',
      'reflector instead of the collector’s (repeatable)',
      collect,
    )
    .option('--extra-root <file>', 'PEM roots trusted beside the snapshot; for labs (repeatable)', collect)
    .option(
      '--fingerprints <file>',
      'further interception authorities or block pages, in the form of the files of testlists/fingerprints (repeatable)',
      collect,
    )
    .option('--cc <code>', 'country of this network, such as KZ')
    .option('--asn <number>', 'number of this network, such as AS9198')
    .option('--network-type <type>', 'mobile, fixed or unknown')
    .option('--region <code>', 'ISO 3166-2 region; travels sealed and is never published');
}

function build(setExit: (code: number) => void): Command {
  const stop = stopOnSignal();
  // Loaded when a command runs: help and version stay near bare Node.
  const world = async () => (await import('./real-world.ts')).realWorld(stop);
  const program = new Command('kuager')
    .description('Measures from inside a network which sites are interfered with, and how, and proves it.')
    .version(SOFTWARE_VERSION)
    .option('--lang <code>', 'kk, ru or en')
    .option('--json', 'machine-readable output: one JSON object a line')
    .option('--debug', 'show the whole error')
    .exitOverride()
    .showHelpAfterError('(`kuager --help` lists commands, `kuager COMMAND --help` their options)');

  addRunOptions(
    program
      .command('run')
      .description('measure a list of URLs (the list that ships with the program, unless told otherwise)'),
  )
    .option('--rotate <bytes>', 'measure only what is most due and fits into so many bytes')
    .action(async (_flags, command: Command) => {
      const { runCommand } = await import('./commands/run.ts');
      setExit(await runCommand(command.optsWithGlobals(), await world()));
    });

  addRunOptions(
    program
      .command('watch')
      .description(
        'go on unattended: measure some sites now and then, tell the collector that this device is there, note outages',
      ),
  )
    .option('--budget-mb <megabytes>', 'data a month (150 on mobile or unknown lines, 1000 on fixed ones)')
    .option('--every <minutes>', 'mean time between two runs of measurements (360)')
    .option('--period <seconds>', 'mean time between heartbeats (300, or 900 where the budget needs it)')
    .option(
      '--anchors <file>',
      'places to look at in an outage, in the form of testlists/anchors.csv; for labs',
    )
    .action(async (_flags, command: Command) => {
      const { watchCommand } = await import('./commands/watch.ts');
      setExit(await watchCommand(command.optsWithGlobals(), await world()));
    });

  program
    .command('verify <bundle>')
    .description('check an evidence bundle offline: 0 intact and trusted, 3 signer unknown, 1 broken')
    .option('--trust <file>', 'keys that you trust (`kuager-collector keys trust`)')
    .action(async (bundle: string, _flags, command: Command) => {
      const { verifyCommand } = await import('./commands/verify.ts');
      setExit(await verifyCommand(bundle, command.optsWithGlobals(), await world()));
    });

  program
    .command('upload')
    .description('send what waits on this device')
    .option('--collector <url>', 'where to, if not to the collector of the last run')
    .option('--descriptor <file>', 'what the collector says of itself, as its operator handed it over')
    .option('--extra-root <file>', 'PEM roots trusted beside the snapshot; for labs (repeatable)', collect)
    .option('--retry-refused', 'also what the collector refused before')
    .action(async (_flags, command: Command) => {
      const { uploadCommand } = await import('./commands/upload.ts');
      setExit(await uploadCommand(command.optsWithGlobals(), await world()));
    });

  program
    .command('results')
    .description('list what was measured on this device in the last 14 days')
    .action(async (_flags, command: Command) => {
      const { resultsCommand } = await import('./commands/results.ts');
      setExit(await resultsCommand(command.optsWithGlobals(), await world()));
    });

  program
    .command('show <id>')
    .description('one result in full')
    .action(async (id: string, _flags, command: Command) => {
      const { showCommand } = await import('./commands/results.ts');
      setExit(await showCommand(id, command.optsWithGlobals(), await world()));
    });

  program
    .command('doctor')
    .description(
      'does this device trust an interceptor? Offline: 0 none found, 6 one is trusted, 7 not everything could be read',
    )
    .option(
      '--fingerprints <file>',
      'further interception authorities, as in testlists/fingerprints (repeatable)',
      collect,
    )
    .action(async (_flags, command: Command) => {
      const { doctorCommand } = await import('./commands/doctor.ts');
      setExit(await doctorCommand(command.optsWithGlobals(), await world()));
    });

  program
    .command('lists [name]')
    .description('the lists that ship with the program, or the targets of one')
    .action(async (name: string | undefined) => {
      const { listsCommand } = await import('./commands/lists.ts');
      setExit(listsCommand(name, await world()));
    });

  program
    .command('consent')
    .description('the risks of measuring, in your language')
    .action(async (_flags, command: Command) => {
      const { consentCommand } = await import('./commands/consent.ts');
      setExit(consentCommand(command.optsWithGlobals(), await world()));
    });

  program
    .command('forget')
    .description('delete keys, results and undelivered measurements from this device')
    .option('--yes', 'without asking')
    .action(async (_flags, command: Command) => {
      const { forgetCommand } = await import('./commands/forget.ts');
      setExit(await forgetCommand(command.optsWithGlobals(), await world()));
    });

  return program;
}

const CODED = ['ProbeError', 'ReportError', 'DestinationForbidden', 'BadDestinationGuard', 'RootsError'];

/** Of these the command line is not to blame. */
const OURS: readonly string[] = ['OUTPUT_NOT_WRITABLE', 'ALREADY_WATCHING'];

/** Status and the one line; an error without a code of ours is a defect and says so. */
function explainFailure(error: unknown, debug: boolean): number {
  const known = error instanceof Error && CODED.includes(error.name);
  const text = error instanceof Error ? error.message : String(error);
  const line = known ? text : `this is a defect of kuager, please report it: ${text}`;
  process.stderr.write(`kuager: ${line.replaceAll(/\s*\n\s*/g, ' ')}\n`);
  if (debug) process.stderr.write(`${error instanceof Error ? (error.stack ?? '') : ''}\n`);
  const usage = error instanceof ProbeError && !OURS.includes(error.code);
  return usage || (error instanceof Error && error.name === 'BadDestinationGuard') ? EXIT.usage : EXIT.failed;
}

export async function main(argv: readonly string[]): Promise<number> {
  let code: number = EXIT.ok;
  const program = build((exit) => {
    code = exit;
  });
  try {
    await program.parseAsync(argv);
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    return explainFailure(error, argv.includes('--debug'));
  }
}

/** Nobody may see a stack trace: neither for an error that nothing awaited, nor when the output can’t be written. */
function guardTheEdges(debug: boolean): void {
  process.on('uncaughtException', (error) => process.exit(explainFailure(error, debug)));
  process.stderr.on('error', () => undefined);
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // `kuager results | head`: the reader has what it wanted.
    if (error.code === 'EPIPE') process.exit(EXIT.ok);
    const full = new ProbeError('OUTPUT_NOT_WRITABLE', `the output can’t be written: ${error.message}`);
    process.exit(explainFailure(full, debug));
  });
}

guardTheEdges(process.argv.includes('--debug'));
process.exitCode = await main(process.argv);
