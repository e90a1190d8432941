/** What a run says around its results, and what an interceptor that it met means for this device; as in `index.ts`. */
import { fill } from './fill.ts';
import type { Language } from './index.ts';

const EN = {
  measured: '{done} of {total} measured',
  left_time: 'the time budget is used up; {left} left',
  left_bytes: 'the byte budget is used up; {left} left',
  left_stopped: 'stopped; {left} left',
  kept: '{kept} stay on this device: they are on no known list (--publish sends them too)',
  delivered: '{delivered} delivered, {waiting} waiting',
  reflectors_silent: 'our own servers do not answer from here now: looking again in {seconds} s',
  address_silent:
    'an address does not answer: it is left alone and tried again in {seconds} s, beside whatever else is measured',
  'met.trusted':
    'Somebody on the way replaced certificates, and this device trusts whoever it is: browsers here give no warning. `kuager doctor` shows what it is and how to remove it.',
  'met.untrusted':
    'Somebody on the way replaced certificates. This device doesn’t trust whoever it is: browsers warn, and such a warning should not be clicked away. `kuager doctor` shows what was added on this device.',
  'met.unsure':
    'Somebody on the way replaced certificates. Whether this device trusts whoever it is can’t be told. `kuager doctor` shows what was added on this device, and where to look yourself.',
  'met.local':
    'It seems that something on this device itself reads its encrypted connections: often a security product. If you know of none here, take it seriously: `kuager doctor` shows what was added on this device.',
} as const;

export type RunMessageId = keyof typeof EN;

const RU: Readonly<Record<RunMessageId, string>> = {
  measured: 'измерено {done} из {total}',
  left_time: 'отведённое время вышло; осталось: {left}',
  left_bytes: 'отведённый объём данных исчерпан; осталось: {left}',
  left_stopped: 'остановлено; осталось: {left}',
  kept: 'остаются на этом устройстве: {kept}, их нет ни в одном известном списке (с --publish отправятся и они)',
  delivered: 'доставлено: {delivered}, ждёт отправки: {waiting}',
  reflectors_silent:
    'наши собственные серверы отсюда сейчас не отвечают: следующая проверка через {seconds} с',
  address_silent:
    'один адрес не отвечает: к нему пока не обращаемся, повторная проверка через {seconds} с, остальное измеряется тем временем',
  'met.trusted':
    'Кто-то на пути подменил сертификаты, и это устройство ему доверяет: браузеры здесь не предупреждают. `kuager doctor` покажет, что это и как это удалить.',
  'met.untrusted':
    'Кто-то на пути подменил сертификаты. Это устройство ему не доверяет: браузеры предупреждают, и после такого предупреждения не стоит продолжать. `kuager doctor` покажет, что было добавлено на этом устройстве.',
  'met.unsure':
    'Кто-то на пути подменил сертификаты. Доверяет ли ему это устройство, установить нельзя. `kuager doctor` покажет, что было добавлено на этом устройстве и где посмотреть самому.',
  'met.local':
    'Похоже, зашифрованные соединения читает что-то на самом этом устройстве: часто это защитная программа. Если такой здесь нет, отнеситесь к этому всерьёз: `kuager doctor` покажет, что было добавлено на этом устройстве.',
};

const KK: Readonly<Record<RunMessageId, string>> = {
  measured: 'өлшенді {done}/{total}',
  left_time: 'берілген уақыт бітті; қалғаны: {left}',
  left_bytes: 'берілген дерек көлемі таусылды; қалғаны: {left}',
  left_stopped: 'тоқтатылды; қалғаны: {left}',
  kept: 'осы құрылғыда қалады: {kept}, олар белгілі тізімдердің ешқайсысында жоқ (--publish оларды да жібереді)',
  delivered: 'жеткізілді: {delivered}, жіберуді күтіп тұр: {waiting}',
  reflectors_silent: 'өз серверлеріміз қазір бұл жерден жауап бермейді: {seconds} с кейін қайта қаралады',
  address_silent:
    'бір мекенжай жауап бермейді: оған әзірге ештеңе жіберілмейді, {seconds} с кейін қайта тексеріледі, қалғаны осы уақытта өлшене береді',
  'met.trusted':
    'Жолда біреу сертификаттарды ауыстырған, ал бұл құрылғы оған сенеді: мұндағы браузерлер ескертпейді. `kuager doctor` оның не екенін және қалай жоюға болатынын көрсетеді.',
  'met.untrusted':
    'Жолда біреу сертификаттарды ауыстырған. Бұл құрылғы оған сенбейді: браузерлер ескертеді, ондай ескертуді елемей өтуге болмайды. `kuager doctor` осы құрылғыға не қосылғанын көрсетеді.',
  'met.unsure':
    'Жолда біреу сертификаттарды ауыстырған. Бұл құрылғының оған сенетін-сенбейтінін анықтау мүмкін емес. `kuager doctor` осы құрылғыға не қосылғанын және өзіңіз қайдан қарай алатыныңызды көрсетеді.',
  'met.local':
    'Шифрланған қосылымдарды осы құрылғының өзіндегі бірдеңе оқитын сияқты: көбіне бұл қорғаныс бағдарламасы. Мұнда ондай бағдарлама болмаса, мұны елеусіз қалдырмаңыз: `kuager doctor` осы құрылғыға не қосылғанын көрсетеді.',
};

export const RUN_CATALOGUES: Readonly<Record<Language, Readonly<Record<RunMessageId, string>>>> = {
  en: EN,
  ru: RU,
  kk: KK,
};

/** As `message`: `{name}` in the text is replaced by the value of that name. */
export function runMessage(
  language: Language,
  id: RunMessageId,
  values: Readonly<Record<string, string | number>> = {},
): string {
  return fill(RUN_CATALOGUES[language][id], values);
}
