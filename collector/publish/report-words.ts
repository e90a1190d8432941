/** Headings and fixed sentences of report.html. Kazakh is a draft until a native speaker has read it. */
import type { Language } from '../../shared/i18n/index.ts';

export interface ReportWords {
  readonly title: string;
  readonly draft: string;
  readonly measured: string;
  readonly network: string;
  readonly when: string;
  readonly rounded: string;
  readonly received: string;
  readonly verdict: string;
  readonly outcome: string;
  readonly method: string;
  readonly cause: string;
  readonly evidence: string;
  readonly repeats: string;
  readonly authority: string;
  readonly certificate: string;
  readonly rules: string;
  readonly excluded: string;
  readonly noPair: string;
  readonly pairAtReflector: string;
  readonly pairAtAddress: string;
  readonly control: string;
  readonly noControl: string;
  readonly diaryControl: string;
  readonly witnesses: string;
  readonly open: string;
  readonly nothingOpen: string;
  readonly basis: string;
  readonly noOrder: string;
  readonly hashes: string;
  readonly verify: string;
  readonly verifyHow: string;
  readonly notClaimed: string;
  readonly limits: readonly string[];
}

export const REPORT_WORDS: Readonly<Record<Language, ReportWords>> = {
  en: {
    title: 'What was measured, and what follows from it',
    draft: '',
    measured: 'What was measured',
    network: 'Network',
    when: 'Measured',
    rounded: 'rounded down to ten minutes',
    received: 'Received by the collector',
    verdict: 'What was found',
    outcome: 'Outcome',
    method: 'Method',
    cause: 'Cause',
    evidence: 'Evidence',
    repeats: 'Seen',
    authority: 'Authority',
    certificate: 'The certificate that was shown',
    rules: 'Rules that fired',
    excluded: 'What excluded innocent explanations',
    noPair: 'No matched pair of measurements was made; what was found rests on the rules above alone.',
    pairAtReflector: 'at our own server',
    pairAtAddress: 'at the site’s own address',
    control: 'The control, from another network',
    noControl: 'There is no signed reply of a control.',
    diaryControl:
      'The measurement has no reply of its own. These entries of the control’s diary, made before and after it, agree; none was made at its very time.',
    witnesses:
      'Measurements from networks of other owners in the same hour, in which the same address and port answered (their envelopes are in witnesses/)',
    open: 'Explanations that this evidence does not exclude',
    nothingOpen: 'None is on record for these rules.',
    basis: 'Legal basis',
    noOrder: 'Every axis is unknown. No order has been looked for, which does not mean that there is none.',
    hashes: 'Chain of hashes',
    verify: 'How to verify',
    verifyHow:
      'Offline, with the trust file of the collector, which you should have by another way than this bundle:',
    notClaimed: 'What this report does not claim',
    limits: [
      'It does not say who ordered anything, nor that anything was or was not lawful.',
      'It speaks of one network at one time, not of a country.',
      'It does not say that the probe was where it says it was: the network was determined by the device.',
      'Evidence levels are names for kinds of proof, not probabilities.',
    ],
  },
  ru: {
    title: 'Что измерено и что из этого следует',
    draft: '',
    measured: 'Что измерено',
    network: 'Сеть',
    when: 'Время измерения',
    rounded: 'округлено вниз до десяти минут',
    received: 'Получено коллектором',
    verdict: 'Что установлено',
    outcome: 'Итог',
    method: 'Способ',
    cause: 'Причина',
    evidence: 'Доказательность',
    repeats: 'Наблюдалось',
    authority: 'Удостоверяющий центр',
    certificate: 'Показанный сертификат',
    rules: 'Сработавшие правила',
    excluded: 'Что исключило безобидные объяснения',
    noPair: 'Парное измерение не проводилось; вывод опирается только на правила выше.',
    pairAtReflector: 'на нашем собственном сервере',
    pairAtAddress: 'по адресу самого сайта',
    control: 'Контроль из другой сети',
    noControl: 'Подписанного ответа контроля нет.',
    diaryControl:
      'Своего ответа у измерения нет. Эти записи дневника контрольной точки, сделанные до и после него, совпадают; в самый момент измерения записи не было.',
    witnesses:
      'Измерения из сетей других владельцев за тот же час, в которых тот же адрес и порт ответил (их конверты — в witnesses/)',
    open: 'Объяснения, которые эти данные не исключают',
    nothingOpen: 'Для этих правил таких объяснений не записано.',
    basis: 'Правовое основание',
    noOrder: 'По всем пунктам неизвестно. Решение не искали; это не значит, что его нет.',
    hashes: 'Цепочка хешей',
    verify: 'Как проверить',
    verifyHow: 'Без сети, с файлом доверия коллектора, полученным другим путём, чем этот пакет:',
    notClaimed: 'Чего этот отчёт не утверждает',
    limits: [
      'Он не говорит, кто что распорядился сделать, и было ли это законно.',
      'Он говорит об одной сети в одно время, а не о стране.',
      'Он не доказывает, что зонд был там, где указано: сеть определена устройством.',
      'Уровни доказательности — названия видов доказательств, а не вероятности.',
    ],
  },
  kk: {
    title: 'Не өлшенді және одан не шығады',
    draft: 'Қазақша мәтін — жоба: оны әлі ана тілінде сөйлеуші тексермеген.',
    measured: 'Не өлшенді',
    network: 'Желі',
    when: 'Өлшеу уақыты',
    rounded: 'он минутқа дейін төмен дөңгелектелген',
    received: 'Коллектор қабылдаған уақыт',
    verdict: 'Не анықталды',
    outcome: 'Қорытынды',
    method: 'Тәсіл',
    cause: 'Себеп',
    evidence: 'Дәлелділік',
    repeats: 'Байқалды',
    authority: 'Куәландырушы орталық',
    certificate: 'Көрсетілген сертификат',
    rules: 'Іске қосылған ережелер',
    excluded: 'Бейкүнә түсіндірмелерді не жоққа шығарды',
    noPair: 'Жұптық өлшеу жүргізілмеген; қорытынды тек жоғарыдағы ережелерге сүйенеді.',
    pairAtReflector: 'өз серверімізде',
    pairAtAddress: 'сайттың өз мекенжайында',
    control: 'Басқа желіден бақылау',
    noControl: 'Бақылаудың қол қойылған жауабы жоқ.',
    diaryControl:
      'Өлшеудің өз жауабы жоқ. Бақылау нүктесі күнделігінің одан бұрын және кейін жасалған мына жазбалары сәйкес келеді; дәл сол сәтте жазба жасалмаған.',
    witnesses:
      'Сол сағатта басқа иелердің желілерінен жасалған, дәл осы мекенжай мен порт жауап берген өлшеулер (олардың конверттері witnesses/ ішінде)',
    open: 'Бұл деректер жоққа шығармайтын түсіндірмелер',
    nothingOpen: 'Бұл ережелер үшін ондай түсіндірме жазылмаған.',
    basis: 'Құқықтық негіз',
    noOrder: 'Барлық тармақ бойынша белгісіз. Шешім ізделген жоқ; бұл оның жоқтығын білдірмейді.',
    hashes: 'Хештер тізбегі',
    verify: 'Қалай тексеруге болады',
    verifyHow: 'Желісіз, коллектордың сенім файлымен; оны осы бумадан бөлек жолмен алу керек:',
    notClaimed: 'Бұл есеп нені айтпайды',
    limits: [
      'Кім не бұйырғанын және оның заңды болған-болмағанын айтпайды.',
      'Бір уақыттағы бір желі туралы айтады, тұтас ел туралы емес.',
      'Зонд көрсетілген жерде болғанын дәлелдемейді: желіні құрылғы анықтаған.',
      'Дәлелділік деңгейлері — дәлел түрлерінің атаулары, ықтималдық емес.',
    ],
  },
};
