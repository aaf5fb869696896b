// What the browser keeps. It may forbid that; then things last as long as the page.

/** Returns null if the browser forbids it. */
export function safely(work) {
  try {
    return work()
  } catch {
    return null
  }
}

/** What belongs to a session is kept with the tab, or on the device if its user stays signed in. */
let place = () => sessionStorage
export const keepOnDevice = (stays) => (place = () => (stays ? localStorage : sessionStorage))

export const read = (key) => safely(() => JSON.parse(place().getItem('desk ' + key)))
export const write = (key, value) => safely(() => place().setItem('desk ' + key, JSON.stringify(value)))

/** What belongs to the device: its language, its sounds, its saved views. */
export const setting = (key, other) => safely(() => JSON.parse(localStorage.getItem('desk ' + key))) ?? other
export const setSetting = (key, value) => safely(() => localStorage.setItem('desk ' + key, JSON.stringify(value)))
