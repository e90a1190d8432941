/**
 * What a volunteer is told before `kuager watch`, beyond the risks of a single run: it goes on unattended. As `risk-text.ts`; raise
 * WATCH_CONSENT_VERSION with every change of meaning.
 */
import { RISK_TEXTS, type Language, type RiskText } from './risk-text.ts';

export const WATCH_CONSENT_VERSION = 1;

const EN: Pick<RiskText, 'title' | 'paragraphs' | 'question' | 'declined'> = {
  title: 'Before it watches unattended',
  paragraphs: [
    'More than a run. Until you stop it, Kuäger goes on by itself: it visits some sites of the list every few hours, day and night, also when you are not there, and tells the collector about every five minutes that this device is there (a heartbeat). All the risks of a single run hold, every day.',
    'What heartbeats show. Your internet provider sees a connection to the collector for as long as this runs, and so when this device is on. The collector learns when a device of this network is there: your country, network, kind of line and, if you told it, your region, signed with the same random key that signs results on this network. Single heartbeats are never published, and are erased there after 14 days; what stays are counts of groups.',
    'When the collector can’t be reached. Then Kuäger looks every minute, later every five, whether your router, some large Kazakh sites and some well-known foreign addresses answer, and writes that down on this device with the time: also when your line was down. Once the collector answers, this journal is sent to it, sealed, and erased here; there it is erased after 14 days and never published.',
    'Data. At most 150 MB a month on mobile or unknown lines and 1 GB on fixed ones, unless you set --budget-mb. Heartbeats alone take up to 1 MB a day. In an outage the looks may take more.',
    'How to stop. Press Ctrl-C, or end the program in any other way: nothing starts it again unless you arranged that yourself. `kuager forget` erases what it keeps here, the open journal too.',
  ],
  question: 'Do you agree that it goes on unattended under these conditions? Type yes or no:',
  declined: 'Nothing was started.',
};

const RU: typeof EN = {
  title: 'Прежде чем наблюдать без присмотра',
  paragraphs: [
    'Это больше, чем один запуск. Пока вы не остановите Kuäger, он работает сам: раз в несколько часов, днём и ночью, в том числе без вас, заходит на некоторые сайты из списка и примерно каждые пять минут сообщает сборщику, что это устройство на связи (сигнал). Все риски одного запуска остаются, каждый день.',
    'Что показывают сигналы. Ваш интернет-провайдер видит соединение со сборщиком, пока программа работает, а значит и то, когда включено это устройство. Сборщик узнаёт, когда устройство этой сети на связи: страну, сеть, вид подключения и регион, если вы его указали; всё подписано тем же случайным ключом, что и результаты в этой сети. Отдельные сигналы никогда не публикуются и стираются там через 14 дней; остаются только количества по группам.',
    'Когда сборщик недоступен. Тогда Kuäger каждую минуту, позже каждые пять минут, проверяет, отвечают ли ваш роутер, несколько крупных казахстанских сайтов и несколько известных зарубежных адресов, и записывает это на устройстве вместе со временем: в том числе когда ваша линия не работала. Как только сборщик ответит, этот журнал отправляется ему в запечатанном виде и стирается здесь; там он стирается через 14 дней и никогда не публикуется.',
    'Данные. Не больше 150 МБ в месяц на мобильной или неизвестной линии и 1 ГБ на проводной, если вы не задали --budget-mb. Одни сигналы занимают до 1 МБ в день. При отключениях проверки могут занять больше.',
    'Как остановить. Нажмите Ctrl-C или завершите программу любым другим способом: сама она снова не запустится, если вы это не настроили. Команда `kuager forget` стирает всё, что хранится здесь, и открытый журнал тоже.',
  ],
  question: 'Вы согласны, чтобы она работала без присмотра на этих условиях? Введите да или нет:',
  declined: 'Ничего не запущено.',
};

const KK: typeof EN = {
  title: 'Қараусыз бақылауды бастамас бұрын',
  paragraphs: [
    'Бұл бір іске қосудан көп. Тоқтатқаныңызша Kuäger өзі жұмыс істейді: бірнеше сағат сайын, күндіз-түні, сіз жоқта да тізімдегі кейбір сайттарға кіреді және шамамен бес минут сайын жинаушыға осы құрылғының байланыста екенін айтады (белгі). Бір іске қосудың барлық қаупі күн сайын сақталады.',
    'Белгілер не көрсетеді. Бағдарлама жұмыс істеп тұрғанда интернет-провайдеріңіз жинаушымен қосылымды, демек осы құрылғының қашан қосулы екенін көреді. Жинаушы осы желідегі құрылғының қашан байланыста екенін біледі: ел, желі, қосылым түрі және айтсаңыз өңіріңіз; бәріне осы желідегі нәтижелерге қол қоятын сол кездейсоқ кілтпен қол қойылады. Жеке белгілер ешқашан жарияланбайды және ол жақта 14 күннен кейін өшіріледі; топтардың саны ғана қалады.',
    'Жинаушыға қол жетпегенде. Онда Kuäger минут сайын, кейін бес минут сайын роутеріңіздің, бірнеше ірі қазақстандық сайттың және бірнеше белгілі шетелдік мекенжайдың жауап беретінін тексереді де, оны уақытымен осы құрылғыға жазады: желіңіз істемей тұрған кезді де. Жинаушы жауап берген соң бұл журнал оған мөрленген күйде жіберіліп, мұнда өшіріледі; ол жақта 14 күннен кейін өшіріледі және ешқашан жарияланбайды.',
    'Дерек. --budget-mb көрсетпесеңіз, ұялы немесе белгісіз желіде айына ең көбі 150 МБ, сымды желіде 1 ГБ. Белгілердің өзі күніне 1 МБ-қа дейін алады. Байланыс үзілгенде тексерулер одан көп алуы мүмкін.',
    'Қалай тоқтатуға болады. Ctrl-C басыңыз немесе бағдарламаны кез келген басқа жолмен аяқтаңыз: өзіңіз реттемесеңіз, ол өздігінен қайта іске қосылмайды. `kuager forget` мұнда сақталғанның бәрін, ашық журналды да өшіреді.',
  ],
  question: 'Осы шарттармен қараусыз жұмыс істеуіне келісесіз бе? иә немесе жоқ деп жазыңыз:',
  declined: 'Ештеңе іске қосылған жоқ.',
};

export const WATCH_TEXTS: Readonly<Record<Language, RiskText>> = {
  en: { ...RISK_TEXTS.en, ...EN },
  ru: { ...RISK_TEXTS.ru, ...RU },
  kk: { ...RISK_TEXTS.kk, ...KK },
};
