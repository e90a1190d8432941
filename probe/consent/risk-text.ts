/**
 * What a volunteer is told before the first run, and again when it changes. It says what is done, what can go wrong and
 * what can't be promised; it is not legal advice and gives none. Raise CONSENT_VERSION with every change of meaning:
 * who agreed to the old text is asked again.
 */
export const CONSENT_VERSION = 3;

export type Language = 'kk' | 'ru' | 'en';

export interface RiskText {
  /** True until a native speaker has read it; shown with the text. */
  readonly draft: boolean;
  readonly title: string;
  readonly paragraphs: readonly string[];
  readonly question: string;
  /** Words that mean yes or no, lower case; English ones are understood everywhere. */
  readonly yes: readonly string[];
  readonly no: readonly string[];
  readonly askAgain: string;
  readonly declined: string;
  readonly draftNote: string;
}

const EN: RiskText = {
  draft: false,
  title: 'Before you measure',
  paragraphs: [
    'What it does. Kuäger visits the sites of a test list from your connection, much as a browser would: it looks up their names, connects, and fetches one page each. You can see the list first and leave out any site or category. Lists about terrorism and extremism, banned organisations, pornography and gambling are off unless you switch them on.',
    'What your provider sees. Your internet provider sees these visits like any others. Providers in Kazakhstan keep records for two years and hand them to authorities within a day. SIM cards are tied to a name, and public Wi-Fi logs in by SMS. Kuäger does not hide from your provider that you measure.',
    'The law. No prosecution for measuring a network is on record in Kazakhstan. No source says that it is lawful or safe either, and nothing here makes it so. Laws on what people say online have been used against people, and devices are seized. If you are at risk, ask somebody you trust who knows the law; this text is not legal advice.',
    'What is sent. For every site: what was answered, how long it took, the country, the network and a start time rounded to ten minutes, signed with a random key that changes with the network and every 30 days. Your addresses, cookies and passing visitor data are removed before that. Results are published. If you tell your region, it travels in a separate part that is not published and is erased after 90 days. If somebody replaced a certificate on the way, the result also says whether this device trusts that one authority and met it on another network before, yes or no; never what else it trusts. A page can hold something about you that Kuäger does not recognise.',
    'Who else learns it. The names of the sites are also asked of a second resolver over an encrypted connection (Cloudflare’s 1.1.1.1; `--doh` names another, `--doh off` none): it sees your address and the names. The collector’s control is told which sites to compare, and its reflector hears the names of sites that seem blocked, at most 20 in a run.',
    'What the collector sees. When you send results directly, and while its control and reflector are asked, the collector can see your internet address. It promises not to store it. You have its word for that, not a proof.',
    'What stays here. Results stay on this device for 14 days, unsent ones until they are sent, encrypted to the collector once its key is known; which unknown authorities it met, and in whose networks, for 90 days. Erased files can sometimes be recovered from a disk. Kuäger does not protect against spyware on your device.',
    'How to stop. Press Ctrl-C at any time. `kuager forget` erases keys, results and consent on this device at once. Copies of what was already published stay with those who have them.',
  ],
  question: 'Do you agree to measure under these conditions? Type yes or no:',
  yes: ['yes', 'y'],
  no: ['no', 'n'],
  askAgain: 'Please type yes or no:',
  declined: 'Nothing was measured and nothing was sent.',
  draftNote: '',
};

const RU: RiskText = {
  draft: false,
  title: 'Прежде чем измерять',
  paragraphs: [
    'Что делает программа. Kuäger заходит с вашего подключения на сайты из списка, почти как браузер: узнаёт их адреса, соединяется и загружает по одной странице. Список можно посмотреть заранее и исключить любой сайт или категорию. Списки о терроризме и экстремизме, запрещённых организациях, порнографии и азартных играх выключены, пока вы сами их не включите.',
    'Что видит провайдер. Ваш интернет-провайдер видит эти посещения так же, как любые другие. Провайдеры в Казахстане хранят записи два года и передают их властям в течение суток. SIM-карты привязаны к имени, а вход в общественный Wi-Fi подтверждается по SMS. Kuäger не скрывает от провайдера, что вы проводите измерения.',
    'Закон. В Казахстане неизвестно ни одного уголовного или административного дела за измерение сети. Но ни один источник и не говорит, что это законно или безопасно, и эта программа этого не гарантирует. Законы о высказываниях в интернете применялись против людей, а устройства изымают. Если вам что-то угрожает, спросите того, кому доверяете и кто знает законы; этот текст не является юридической консультацией.',
    'Что отправляется. По каждому сайту: какой был ответ и сколько он занял, страна, сеть и время начала, округлённое до десяти минут. Всё это подписано случайным ключом, который меняется вместе с сетью и каждые 30 дней. Ваши адреса, cookie и сведения о посетителе перед этим удаляются. Результаты публикуются. Если вы укажете регион, он передаётся отдельной частью, которая не публикуется и стирается через 90 дней. Если кто-то на пути подменил сертификат, результат также говорит, доверяет ли устройство этому центру и встречало ли оно его в другой сети, только да или нет; чему ещё оно доверяет, не сообщается. На странице может оказаться что-то о вас, чего Kuäger не распознает.',
    'Кто ещё об этом узнаёт. Имена сайтов по зашифрованному соединению спрашивают и у второго DNS-сервера (1.1.1.1 компании Cloudflare; `--doh` задаёт другой, `--doh off` отключает): он видит ваш адрес и эти имена. Контрольному серверу сборщика сообщают, какие сайты сравнивать, а его сервер-отражатель слышит имена сайтов, похожих на заблокированные, не больше 20 за один запуск.',
    'Что видит сборщик. При прямой отправке, а также когда спрашивают его контрольный сервер и отражатель, сервер-сборщик может видеть ваш интернет-адрес. Он обещает его не сохранять. Это обещание, а не доказательство.',
    'Что остаётся на устройстве. Результаты хранятся здесь 14 дней, неотправленные до отправки; они зашифрованы для сборщика, как только известен его ключ; какие неизвестные центры сертификации встретились и в чьих сетях, хранится 90 дней. Стёртые файлы иногда можно восстановить с диска. Kuäger не защищает от шпионских программ на устройстве.',
    'Как остановиться. В любой момент нажмите Ctrl-C. Команда `kuager forget` сразу стирает с устройства ключи, результаты и согласие. Копии уже опубликованного останутся у тех, у кого они есть.',
  ],
  question: 'Вы согласны проводить измерения на этих условиях? Введите да или нет:',
  yes: ['да', 'д'],
  no: ['нет', 'н'],
  askAgain: 'Пожалуйста, введите да или нет:',
  declined: 'Ничего не измерено и ничего не отправлено.',
  draftNote: '',
};

const KK: RiskText = {
  draft: true,
  title: 'Өлшеуді бастамас бұрын',
  paragraphs: [
    'Бағдарлама не істейді. Kuäger сіздің қосылымыңыздан тізімдегі сайттарға браузер сияқты кіреді: олардың мекенжайын анықтайды, қосылады және әрқайсысынан бір бетті жүктейді. Тізімді алдын ала көріп, кез келген сайтты немесе санатты алып тастай аласыз. Терроризм мен экстремизм, тыйым салынған ұйымдар, порнография және құмар ойындар туралы тізімдер өзіңіз қоспайынша өшірулі тұрады.',
    'Провайдер не көреді. Интернет-провайдеріңіз бұл кірулерді басқа кірулер сияқты көреді. Қазақстандағы провайдерлер жазбаларды екі жыл сақтайды және билікке бір тәулік ішінде береді. SIM-карталар адамның атына тіркелген, ал қоғамдық Wi-Fi желісіне SMS арқылы кіреді. Kuäger өлшеу жүргізіп жатқаныңызды провайдерден жасырмайды.',
    'Заң. Қазақстанда желіні өлшегені үшін қозғалған іс белгілі емес. Алайда оның заңды немесе қауіпсіз екенін айтқан дереккөз де жоқ, бұл бағдарлама да оған кепілдік бермейді. Интернеттегі пікір туралы заңдар адамдарға қарсы қолданылған, құрылғылар тәркіленеді. Қауіп болса, заңды білетін сенімді адамнан сұраңыз; бұл мәтін заң кеңесі емес.',
    'Не жіберіледі. Әр сайт бойынша: қандай жауап келгені, қанша уақыт кеткені, ел, желі және он минутқа дейін дөңгелектелген басталу уақыты. Бәріне желімен бірге және әр 30 күн сайын ауысатын кездейсоқ кілтпен қол қойылады. Мекенжайларыңыз, cookie және келуші туралы мәліметтер алдын ала өшіріледі. Нәтижелер жарияланады. Өңіріңізді айтсаңыз, ол жарияланбайтын бөлек бөлікте жіберіліп, 90 күннен кейін өшіріледі. Жолда біреу сертификатты ауыстырса, нәтиже құрылғының сол орталыққа сенетін-сенбейтінін және оны бұрын басқа желіде кездестірген-кездестірмегенін ғана айтады, иә не жоқ; басқа неге сенетіні айтылмайды. Бетте Kuäger танымайтын сіз туралы дерек болуы мүмкін.',
    'Тағы кім біледі. Сайттардың атауларын шифрланған қосылым арқылы екінші DNS серверінен де сұрайды (Cloudflare компаниясының 1.1.1.1 сервері; `--doh` басқасын көрсетеді, `--doh off` өшіреді): ол мекенжайыңыз бен сол атауларды көреді. Жинаушының салыстыру серверіне қай сайттарды салыстыру керегі айтылады, ал бұғатталғанға ұқсайтын сайттардың атауларын, бір іске қосқанда ең көбі 20, оның айна сервері естиді.',
    'Жинаушы не көреді. Нәтижені тікелей жібергенде, сондай-ақ оның салыстыру және айна серверлерінен сұрағанда, жинаушы сервер интернет-мекенжайыңызды көре алады. Ол оны сақтамауға уәде береді. Бұл дәлел емес, уәде ғана.',
    'Құрылғыда не қалады. Нәтижелер мұнда 14 күн, жіберілмегендері жіберілгенше сақталады; жинаушының кілті белгілі болғаннан кейін сол кілтпен шифрланады; қандай белгісіз куәландырушы орталықтар кімнің желісінде кездескені 90 күн сақталады. Өшірілген файлдарды кейде дискіден қалпына келтіруге болады. Kuäger құрылғыдағы тыңшы бағдарламалардан қорғамайды.',
    'Қалай тоқтатуға болады. Кез келген уақытта Ctrl-C басыңыз. `kuager forget` кілттерді, нәтижелерді және келісімді құрылғыдан бірден өшіреді. Жарияланып кеткеннің көшірмелері оны алғандарда қалады.',
  ],
  question: 'Осы шарттармен өлшеуге келісесіз бе? иә немесе жоқ деп жазыңыз:',
  yes: ['иә', 'ия'],
  no: ['жоқ'],
  askAgain: 'иә немесе жоқ деп жазыңыз:',
  declined: 'Ештеңе өлшенген жоқ, ештеңе жіберілген жоқ.',
  draftNote: '[жоба: мәтінді қазақ тілін ана тілі ретінде білетін адам әлі тексерген жоқ]',
};

export const RISK_TEXTS: Readonly<Record<Language, RiskText>> = { kk: KK, ru: RU, en: EN };
