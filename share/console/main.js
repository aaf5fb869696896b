// The console: the desk for people, over the same REST interface and WebSocket that every other client uses.

import { AccountView } from './account.js'
import './alarm.js'
import { AlertsView, forgetAlerts } from './alerts.js'
import { AnswersView } from './answers.js'
import { on, tell } from './bus.js'
import { byID, quiet } from './dom.js'
import { forgetDrafts, recallDrafts } from './drafts.js'
import { FleetView, MemberView } from './fleet.js'
import { away, countUnread } from './inbox.js'
import { read, write } from './kept.js'
import './keys.js'
import { forgetList, makeList } from './list.js'
import { connect } from './live.js'
import { NewTicketView } from './newticket.js'
import { forgetQueue, recallQueue } from './outbox.js'
import { forgetNames, loadNames } from './people.js'
import { StationView, StationsView } from './places.js'
import { forgetRoutes, navigate, startRoutes } from './route.js'
import { isAdmin, isDriver, learnMe, myID, renew, resume, session } from './session.js'
import { makeShell } from './shell.js'
import { showSignIn } from './signin.js'
import { StatisticsView } from './statistics.js'
import { SettingsView, StatusView } from './status.js'
import { chooseLanguage, language, t } from './text.js'
import { TicketView } from './ticket.js'
import { forgetTickets, recallTickets } from './tickets.js'
import { UserView, UsersView } from './users.js'
import { WaitingView } from './waiting.js'

/** The views by the first part of their address, and whose they are. `id` is the second part. */
const everyone = () => true
const views = {
  new: [everyone, NewTicketView], alerts: [everyone, AlertsView], notifications: [everyone, AlertsView],
  account: [everyone, AccountView], password: [everyone, AccountView], waiting: [everyone, WaitingView],
  answers: [() => !isDriver(), AnswersView], statistics: [() => !isDriver(), StatisticsView],
  users: [isAdmin, UsersView, UserView], stations: [isAdmin, StationsView, StationView], status: [isAdmin, StatusView],
  settings: [isAdmin, SettingsView], fleet: [isAdmin, FleetView, MemberView],
}

function makeView({ parts: [place, id, number] }) {
  const key = [id, number].filter(Boolean).join('/')
  const [isAllowed, List, One] = views[place] ?? [() => false]
  const view = place === 'ticket' && /^\d{1,10}(\/\d{1,10})?$/.test(key) ? new TicketView(key)
    : !isAllowed() ? null : One && /^(\d+|new)$/.test(id ?? '') ? new One(id) : new List()
  byID('detail').replaceChildren(view?.element ?? quiet(t('chooseTicket')))
  return view
}

let owner = null

function enter() {
  chooseLanguage(session.user.language)
  // What somebody else left in this browser is not for this user.
  if ((owner ?? read('owner')) !== myID()) forgetEverything()
  owner = myID()
  write('owner', owner)
  recallTickets()
  recallDrafts()
  makeShell()
  makeList()
  away.forget()
  connect()
  loadNames()
  startRoutes(makeView)
  recallQueue()
  countUnread()
}

function forgetEverything() {
  forgetDrafts()
  forgetQueue()
  forgetTickets()
}

on('language', () => {
  makeShell()
  makeList()
  away.show()
  navigate()
  loadNames()
})

// A session that ended by itself leaves drafts and queue for its user, and the address for signing in again.
on('signedOut', (reason) => {
  if (reason === undefined) {
    forgetEverything()
    owner = null
    history.replaceState(null, '', '/')
  }
  away.forget()
  forgetRoutes()
  forgetList()
  forgetAlerts()
  forgetNames()
  showSignIn(reason, enter)
})

/** Where the context is secure, the page can be installed, and opens without a line. */
async function install() {
  await navigator.serviceWorker.register('/worker.js')
  const { active } = await navigator.serviceWorker.ready
  const files = performance.getEntriesByType('resource').map((each) => new URL(each.name))
    .filter((url) => url.origin === location.origin && /\.(js|css|svg|json)$/.test(url.pathname))
  active.postMessage(['/', ...new Set(files.map((url) => url.pathname))])
}

resume()
chooseLanguage(session?.user.language)
if (session) {
  enter()
  renew()
  learnMe().then(() => {
    const theirs = session?.user.language
    if (!theirs || theirs === language) return
    chooseLanguage(theirs)
    tell('language')
  }, () => {})
} else showSignIn('', enter)
if (navigator.serviceWorker) install().catch(() => {})
