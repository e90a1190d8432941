/** What an unattended probe says to whoever started it; as in `index.ts`. */
import { fill } from './fill.ts';
import type { Language } from './index.ts';

const EN = {
  started:
    'watching: a heartbeat about every {minutes} min, some sites about every {hours} h, at most {megabytes} MB a month; Ctrl-C stops',
  collector_unknown: 'the collector was never reached from here: heartbeats begin when it answers',
  network_unknown:
    'which network this is can’t be learnt now: no heartbeats until it is (or give --cc and --asn)',
  outage_began:
    'the collector can’t be reached: looking around every minute, what is seen stays on this device',
  outage_over: 'the collector answers again: what was seen meanwhile is handed over ({looks} looks)',
  busy: 'the collector is there and takes no heartbeats now (status {status})',
  sparing: 'heartbeats every {minutes} minutes from now on, to stay within the data budget',
  run_ended: '{measured} sites measured',
  run_failed: 'measuring ended early (status {status}); it is tried again later',
  budget_used: 'this day’s share of the data budget is used up; measuring goes on tomorrow',
  room: 'results of another network or month wait here: this one is silent for some twenty minutes meanwhile, so that nobody can link them',
  stopped: 'stopped; the collector was told',
  stopped_silent: 'stopped',
} as const;

export type WatchMessageId = keyof typeof EN;

const RU: Readonly<Record<WatchMessageId, string>> = {
  started:
    'наблюдение идёт: сигнал примерно каждые {minutes} мин, измерение нескольких сайтов примерно каждые {hours} ч, не больше {megabytes} МБ в месяц; Ctrl-C останавливает',
  collector_unknown: 'сборщик отсюда ещё ни разу не отвечал: сигналы начнутся, когда он ответит',
  network_unknown:
    'сейчас нельзя узнать, какая это сеть: до тех пор сигналов не будет (или укажите --cc и --asn)',
  outage_began:
    'сборщик недоступен: раз в минуту проверяется, что ещё работает; увиденное остаётся на этом устройстве',
  outage_over: 'сборщик снова отвечает: передаётся то, что было видно за это время (проверок: {looks})',
  busy: 'сборщик на месте, но сигналы сейчас не принимает (статус {status})',
  sparing: 'теперь сигнал каждые {minutes} мин, чтобы не превысить объём данных',
  run_ended: 'измерено сайтов: {measured}',
  run_failed: 'измерение прервалось (статус {status}); повторится позже',
  budget_used: 'объём данных на сегодня исчерпан; измерения продолжатся завтра',
  room: 'здесь ждут результаты из другой сети или другого месяца: эта сеть около двадцати минут молчит, чтобы их никто не связал',
  stopped: 'остановлено; сборщику об этом сообщено',
  stopped_silent: 'остановлено',
};

const KK: Readonly<Record<WatchMessageId, string>> = {
  started:
    'бақылау жүріп жатыр: шамамен {minutes} минут сайын белгі, шамамен {hours} сағат сайын бірнеше сайт өлшенеді, айына ең көбі {megabytes} МБ; Ctrl-C тоқтатады',
  collector_unknown:
    'жинаушы бұл жерден әлі бірде-бір рет жауап берген жоқ: ол жауап бергенде белгілер басталады',
  network_unknown:
    'бұл қай желі екенін қазір білу мүмкін емес: оған дейін белгі жіберілмейді (немесе --cc және --asn көрсетіңіз)',
  outage_began: 'жинаушыға қол жетпейді: минут сайын не істеп тұрғаны қаралады, көргені осы құрылғыда қалады',
  outage_over: 'жинаушы қайта жауап береді: сол уақытта көргені тапсырылады (қараулар: {looks})',
  busy: 'жинаушы орнында, бірақ қазір белгі қабылдамайды (күйі {status})',
  sparing: 'дерек көлемінен аспау үшін енді белгі {minutes} минут сайын жіберіледі',
  run_ended: 'өлшенген сайттар: {measured}',
  run_failed: 'өлшеу үзілді (күйі {status}); кейін қайталанады',
  budget_used: 'бүгінгі дерек көлемі таусылды; өлшеу ертең жалғасады',
  room: 'мұнда басқа желінің немесе айдың нәтижелері күтіп тұр: оларды ешкім байланыстыра алмауы үшін бұл желі жиырма минуттай үнсіз болады',
  stopped: 'тоқтатылды; жинаушыға айтылды',
  stopped_silent: 'тоқтатылды',
};

export const WATCH_CATALOGUES: Readonly<Record<Language, Readonly<Record<WatchMessageId, string>>>> = {
  en: EN,
  ru: RU,
  kk: KK,
};

/** As `message`: `{name}` in the text is replaced by the value of that name. */
export function watchMessage(
  language: Language,
  id: WatchMessageId,
  values: Readonly<Record<string, string | number>> = {},
): string {
  return fill(WATCH_CATALOGUES[language][id], values);
}
