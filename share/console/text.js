// Words, numbers and times in the language of the page. Each language is one table: en.js, vi.js.

import { el } from './dom.js'
import { setSetting, setting } from './kept.js'
import en from './en.js'
import vi from './vi.js'

export const languages = { en: 'English', vi: 'Tiếng Việt' }
const tables = { en, vi }

export let language = 'en'
let table, plurals, numbers, moments, shortMoments, dates, ages, megabytes

/** Chooses the user's language, else what was chosen on this device, else the browser's. */
export function chooseLanguage(ofUser) {
  const wanted = [ofUser, setting('language'), ...navigator.languages].map((each) => String(each ?? '').slice(0, 2))
  language = wanted.find((each) => tables[each]) ?? 'en'
  table = tables[language]
  plurals = new Intl.PluralRules(language)
  numbers = new Intl.NumberFormat(language, { maximumFractionDigits: 1 })
  moments = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' })
  shortMoments = new Intl.DateTimeFormat(language, { month: 'short', day: 'numeric', hour: 'numeric', minute: '2-digit' })
  dates = new Intl.DateTimeFormat(language, { month: 'short', day: 'numeric' })
  ages = {}
  for (const unit of ['second', 'minute', 'hour', 'day']) {
    ages[unit] = new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: unit === 'day' ? 'long' : 'short' })
  }
  megabytes = new Intl.NumberFormat(language, { style: 'unit', unit: 'megabyte', maximumFractionDigits: 0 })
  document.documentElement.lang = language
}

export function setLanguage(chosen) {
  setSetting('language', chosen)
  chooseLanguage(chosen)
}

/** The text of a key. `{name}` stands for a value; a text with forms depends on `count`. */
export function t(key, values = {}) {
  const text = table[key] ?? en[key] ?? key
  const form = typeof text === 'string' ? text : text[plurals.select(values.count)] ?? text.other
  return form.replace(/\{(\w+)\}/g, (_, name) => {
    const value = values[name]
    return typeof value === 'number' ? numbers.format(value) : value ?? ''
  })
}

/** A word of the interface, such as a status; a word that we do not know yet stays as it is. */
export const word = (value) => (table['w_' + value] ?? en['w_' + value] ?? String(value))
export const number = (value) => numbers.format(value)
export const moment = (date) => moments.format(new Date(date))
export const shortMoment = (date) => shortMoments.format(new Date(date))
export const day = (date) => dates.format(new Date(date))
export const size = (bytes) => megabytes.format(bytes / 1e6)
export const clock = (date) => new Date(date).toLocaleTimeString(language, { timeStyle: 'short' })

/** A span of time in its largest unit. */
export function span(seconds) {
  if (seconds < 60) return ages.second.format(Math.round(seconds))
  if (seconds < 3600) return ages.minute.format(Math.floor(seconds / 60))
  if (seconds < 86400) return ages.hour.format(Math.floor(seconds / 3600))
  return ages.day.format(Math.floor(seconds / 86400))
}

// Ages use the station's clock: the phone's may be wrong.
let skew = 0
export const setClock = (date) => (skew = date - Date.now())
export const now = () => Date.now() + skew

export function age(date) {
  const seconds = (now() - new Date(date)) / 1000
  return seconds < 60 ? t('justNow') : span(seconds)
}

export function time(text) {
  return el('time', { datetime: text, title: moment(text) }, age(text))
}

export const bothTimes = (text) => el('span', null, time(text), ` · ${moment(text)}`)

setInterval(() => {
  for (const each of document.querySelectorAll('time')) {
    const text = age(each.dateTime)
    if (each.textContent !== text) each.textContent = text
  }
}, 20000)
