// Every word of the interface in both languages. What the robot and the citizen say stays in the language it was said in.
const ORDINALS = ["", "первый", "второй", "третий", "четвёртый", "пятый", "шестой", "седьмой", "восьмой", "девятый", "десятый"];

function minutesRu(count) {
  return count < 1 ? "меньше минуты" : `около ${count} ${count % 10 === 1 && count % 100 !== 11 ? "минуты" : "минут"}`;
}

function minutesEn(count) {
  return count < 1 ? "less than a minute" : `about ${count} ${count === 1 ? "minute" : "minutes"}`;
}

function ordinalEn(count) {
  const ending = { one: "st", two: "nd", few: "rd" }[new Intl.PluralRules("en", { type: "ordinal" }).select(count)] ?? "th";
  return count + ending;
}

const RU = {
  launcher: "Помощник", title: "Отклик", close: "Свернуть чат", log: "Переписка", placeholder: "Напишите сообщение",
  field: "Ваше сообщение", hint: "Enter отправляет, Shift и Enter — новая строка", send: "Отправить", human: "Позвать специалиста",
  typing: "Печатает ответ", connecting: "Соединяюсь…", offline: "Нет связи, пробую снова", starters: "С чего начать",
  robot: "Робот", citizen: "Вы", operator: "Специалист", unread: " новых сообщений", newTab: " (откроется в новой вкладке)",
  late: "не отправлено, повторяю", failed: "не отправлено", more: "… показать полностью", today: "Сегодня", yesterday: "Вчера",
  choose: ". Можно выбрать: ", consentText: "Текст согласия", consentMark: "Текст прочитан, согласие даю добровольно",
  version: (day) => `Редакция от ${day}`, rating: "Оценка", rated: (grade) => `Спасибо! Ваша оценка: ${grade}`,
  queued: (position, minutes) => position
    ? `Зову специалиста. Вы ${ORDINALS[position] ?? `${position}-й`} в очереди, ${Number.isFinite(minutes) ? minutesRu(minutes) : "сколько ждать, точно не скажу"}.`
    : "Зову специалиста.",
  queuedHint: "Пишите дальше: он увидит весь разговор.", onLine: (name) => `${name ?? "Оператор"} на связи. Вам отвечает человек, не робот.`,
  types: (name) => `${name} печатает`, corrected: "исправлено ниже", ring: "Перезвоните мне",
  back: "Вернуться к роботу", menu: "Настройки чата", size: "Размер текста", size0: "Обычный", size1: "Крупный", size2: "Очень крупный",
  theme: "Оформление", system: "Как в системе", light: "Светлое", dark: "Тёмное", language: "Язык", save: "Сохранить переписку",
  saved: "Переписка сохранена в загрузки.", notSaved: "Сохранить не получилось. Проверьте связь и попробуйте ещё раз.",
  attach: "Приложить файл", drop: "Отпустите, чтобы отправить файл", kinds: "PDF, JPG, PNG, WebP, DOCX или OGG, до 5 МБ",
  tooLarge: (name) => `Файл «${name}» больше 5 МБ. Сожмите его или пришлите по частям.`,
  wrongKind: (name) => `Файл «${name}» принять не могу. Подойдут PDF, JPG, PNG, WebP, DOCX или OGG.`,
  empty: (name) => `Файл «${name}» пустой. Проверьте его и приложите ещё раз.`,
  sending: (name) => `Отправляю файл ${name}`, cancel: "Отменить", cancelFile: (name) => `Отменить отправку файла ${name}`,
  fileSent: (name) => `Файл ${name} отправлен`, fileLost: "Файл не дошёл. Приложите его, пожалуйста, ещё раз.",
  picture: "Снимок", waiting: "ждёт отправки", cancelled: (name) => `Отправка файла ${name} отменена`,
  size_: (bytes) => bytes >= 1048576 ? `${(bytes / 1048576).toFixed(1).replace(".", ",")} МБ` : `${Math.max(1, Math.round(bytes / 1024))} КБ`,
  linkLost: "Не получилось открыть ссылку: нет связи. Откройте её, пожалуйста, ещё раз.",
  voice: "Сказать голосом", recording: "Запись голоса", dropVoice: "Отменить запись",
  voiceHint: "Нажмите, скажите и нажмите ещё раз, чтобы отправить. Escape отменяет. Не дольше минуты.",
  speakUp: "Говорите… Потом нажмите ещё раз", micAsked: "Включаю микрофон… Разрешите доступ, если браузер спросит",
  kept: "Отправить то, что записано?", recStarted: "Запись началась", recDropped: "Запись отменена", recSending: "Отправляю",
  minuteOver: "Минута вышла, отправляю запись", recognised: (words) => `Распознано: ${words}`,
  tooShort: "Слишком коротко, ничего не записала. Нажмите на микрофон, скажите и нажмите ещё раз.",
  micDenied: "Браузер не пускает к микрофону. Разрешите его для этого сайта: значок слева от адреса, «Микрофон». Или напишите словами.",
  micNone: "Микрофон не нашёлся. Подключите его или напишите словами.",
  micTaken: "Микрофон не включился: возможно, он занят другой программой. Попробуйте ещё раз или напишите словами.",
  micLost: "Микрофон отключился, запись остановлена.", tabHidden: "Вы ушли с этой страницы, и запись остановлена.",
  spoken: "Голосовое сообщение", recognising: "распознаю…", again: "Отправить ещё раз",
  voiceLost: "Запись не дошла. Скажите, пожалуйста, ещё раз.", voiceStuck: "Запись пока не дошла, но она цела. Проверьте связь и отправьте её ещё раз.",
  helpful: "Помог ли ответ", up: "Помогло", down: "Не помогло", thanksUp: "Спасибо!", thanksDown: "Спасибо, что сказали. Попробуем иначе:",
  otherwise: "Что сделать ещё", rephrase: "Спросить другими словами",
  listen: "Прослушать", hush: "Остановить", aloud: "Отвечать вслух", aloudShort: "Вслух", notPlayed: "Прослушать сейчас не получилось. Попробуйте ещё раз чуть позже.", hideNotice: "Убрать объявление",
};

const EN = {
  launcher: "Assistant", title: "Otklik", close: "Close the chat", log: "Conversation", placeholder: "Write a message",
  field: "Your message", hint: "Enter sends, Shift and Enter makes a new line", send: "Send", human: "Call a person",
  typing: "Writing an answer", connecting: "Connecting…", offline: "No connection, trying again", starters: "Where to start",
  robot: "Robot", citizen: "You", operator: "Staff member", unread: " new messages", newTab: " (opens in a new tab)",
  late: "not sent, trying again", failed: "not sent", more: "… show all", today: "Today", yesterday: "Yesterday",
  choose: ". You can choose: ", consentText: "Text of the consent", consentMark: "I have read the text and agree of my own will",
  version: (day) => `Version of ${day}`, rating: "Rating", rated: (grade) => `Thank you! Your rating: ${grade}`,
  queued: (position, minutes) => position
    ? `Calling a person. You are ${ordinalEn(position)} in the queue, ${Number.isFinite(minutes) ? minutesEn(minutes) : "I cannot tell exactly how long it takes"}.`
    : "Calling a person.",
  queuedHint: "Keep writing: they will see the whole conversation.", onLine: (name) => `${name ?? "A staff member"} is here. A person answers you, not the robot.`,
  types: (name) => `${name} is writing`, corrected: "corrected below", ring: "Call me back",
  back: "Back to the robot", menu: "Chat settings", size: "Text size", size0: "Normal", size1: "Large", size2: "Very large",
  theme: "Appearance", system: "As in the system", light: "Light", dark: "Dark", language: "Language", save: "Save the conversation",
  saved: "The conversation is in your downloads.", notSaved: "Could not save it. Check the connection and try again.",
  attach: "Attach a file", drop: "Drop the file to send it", kinds: "PDF, JPG, PNG, WebP, DOCX or OGG, up to 5 MB",
  tooLarge: (name) => `The file “${name}” is larger than 5 MB. Compress it or send it in parts.`,
  wrongKind: (name) => `The file “${name}” cannot be taken. PDF, JPG, PNG, WebP, DOCX and OGG are welcome.`,
  empty: (name) => `The file “${name}” is empty. Check it and attach it again.`,
  sending: (name) => `Sending the file ${name}`, cancel: "Cancel", cancelFile: (name) => `Cancel sending the file ${name}`,
  fileSent: (name) => `The file ${name} is sent`, fileLost: "The file did not arrive. Please attach it again.",
  picture: "Picture", waiting: "waiting", cancelled: (name) => `Sending the file ${name} is cancelled`,
  size_: (bytes) => bytes >= 1048576 ? `${(bytes / 1048576).toFixed(1)} MB` : `${Math.max(1, Math.round(bytes / 1024))} KB`,
  linkLost: "Could not open the link: no connection. Please open it again.",
  voice: "Say it by voice", recording: "Voice recording", dropVoice: "Cancel the recording",
  voiceHint: "Press, speak and press again to send. Escape cancels it. One minute at most.",
  speakUp: "Speak… Then press again", micAsked: "Turning the microphone on… Allow it if the browser asks",
  kept: "Send what was recorded?", recStarted: "Recording", recDropped: "The recording is cancelled", recSending: "Sending",
  minuteOver: "The minute is over, sending the recording", recognised: (words) => `Recognised: ${words}`,
  tooShort: "Too short, nothing was recorded. Press the microphone, speak and press again.",
  micDenied: "The browser does not allow the microphone. Allow it for this site: the sign left of the address, “Microphone”. Or write instead.",
  micNone: "There is no microphone. Connect one or write instead.",
  micTaken: "The microphone did not start: perhaps another program uses it. Try again or write instead.",
  micLost: "The microphone went away, the recording has stopped.", tabHidden: "You left this page, and the recording has stopped.",
  spoken: "Voice message", recognising: "recognising…", again: "Send again",
  voiceLost: "The recording did not arrive. Please say it again.", voiceStuck: "The recording has not arrived yet, but it is kept. Check the connection and send it again.",
  helpful: "Did the answer help", up: "It helped", down: "It did not help", thanksUp: "Thank you!", thanksDown: "Thank you for telling. Let us try another way:",
  otherwise: "What else to do", rephrase: "Ask in other words",
  listen: "Listen", hush: "Stop", aloud: "Answer aloud", aloudShort: "Aloud", notPlayed: "It could not be played. Try again a little later.", hideNotice: "Hide the notice",
};

export const LANGUAGES = { ru: "Русский", en: "English" };
let tongue = "ru";

export function language() {
  return tongue;
}

export function speak(wish) {
  tongue = /^en\b/i.test(wish ?? "") ? "en" : "ru";
  return tongue;
}

export function t(key, ...about) {
  const words = (tongue === "en" ? EN : RU)[key];
  return typeof words === "function" ? words(...about) : words;
}

// After a change of language: elements carry the keys of their words, see `el`.
export function relabel(root) {
  root.querySelectorAll("[data-t]").forEach((element) => { element.textContent = t(element.dataset.t); });
  root.querySelectorAll("[data-label]").forEach((element) => element.setAttribute("aria-label", t(element.dataset.label)));
  root.querySelectorAll("[data-tip]").forEach((element) => element.setAttribute("title", t(element.dataset.tip)));
  root.querySelectorAll("[data-holder]").forEach((element) => element.setAttribute("placeholder", t(element.dataset.holder)));
}
