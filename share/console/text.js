// Words, numbers and times in the language of the page. Each language is one table: en.js, vi.js.

import { el } from './dom.js'
import en from './en.js'
import { setSetting, setting } from './kept.js'
import vi from './vi.js'

export const languages = { en: 'English', vi: 'Tiếng Việt' }
const tables = { en, vi }

export let language
let table, plurals, numbers
const date = (options) => (moment) => new Date(moment).toLocaleString(language, options)
const unit = (name, unitDisplay = 'short') => (count) =>
  count.toLocaleString(language, { style: 'unit', unit: name, unitDisplay, maximumFractionDigits: 0 })

/** Chooses the user's language, else what was chosen on this device, else the browser's. */
export function chooseLanguage(ofUser) {
  const wanted = [ofUser, setting('language'), ...navigator.languages].map((each) => String(each ?? '').slice(0, 2))
  language = wanted.find((each) => tables[each]) ?? 'en'
  table = tables[language]
  plurals = new Intl.PluralRules(language)
  numbers = new Intl.NumberFormat(language, { maximumFractionDigits: 1 })
  document.documentElement.lang = language
}

export function setLanguage(chosen) {
  setSetting('language', chosen)
  chooseLanguage(chosen)
}

/** The text of a key. `{name}` stands for a value; a text with forms depends on `count`. */
export function t(key, values = {}) {
  const text = table[key] ?? en[key] ?? String(key)
  const form = typeof text === 'string' ? text : text[plurals.select(values.count)] ?? text.other
  return form.replace(/\{(\w+)\}/g, (_, name) => (typeof values[name] === 'number' ? number(values[name])
    : values[name] ?? ''))
}

export const number = (value) => numbers.format(value)
export const moment = date({ dateStyle: 'medium', timeStyle: 'short' })
export const shortMoment = date({ month: 'short', day: 'numeric', hour: 'numeric', minute: '2-digit' })
export const day = date({ month: 'short', day: 'numeric' })
export const clock = date({ hour: 'numeric', minute: '2-digit' })
export const size = (bytes) => unit('megabyte')(bytes / 1e6)

/** A span of time in its largest unit. */
export function span(seconds) {
  const [name, length] = [['day', 86400], ['hour', 3600], ['minute', 60], ['second', 1]]
    .find(([, length]) => seconds >= length) ?? ['second', 1]
  return unit(name, name === 'day' ? 'long' : 'short')(Math.floor(seconds / length))
}

// Ages use the station's clock: the phone's may be wrong.
let skew = 0
export const setClock = (date) => (skew = date - Date.now())
export const now = () => Date.now() + skew

const age = (date) => {
  const seconds = (now() - new Date(date)) / 1000
  return seconds < 60 ? t('justNow') : span(seconds)
}
export const time = (text) => el('time', { datetime: text, title: moment(text) }, age(text))
export const bothTimes = (text) => el('span', time(text), ' · ' + moment(text))

setInterval(() => {
  for (const each of document.querySelectorAll('time')) {
    if (each.textContent !== age(each.dateTime)) each.textContent = age(each.dateTime)
  }
}, 20000)
