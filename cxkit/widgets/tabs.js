// A tab list after the ARIA pattern: one tab stop, arrows move and choose, Home and End go to the ends.
function render({ model, el }) {
  const uid = model.get("uid")
  const list = document.createElement("div")
  list.setAttribute("role", "tablist")
  list.setAttribute("aria-label", model.get("label"))
  el.classList.add("cx", "cx-tabs")
  // A notebook has shortcuts of its own on the keys that work here.
  el.dataset.lmSuppressShortcuts = "true"
  el.append(list)
  const tabs = model.get("tabs").map(({ key, label }) => {
    const tab = document.createElement("button")
    tab.type = "button"
    tab.id = `cx-tab-${uid}-${key}`
    tab.dataset.tab = key
    tab.textContent = label
    tab.setAttribute("role", "tab")
    tab.setAttribute("aria-controls", `cx-panel-${uid}-${key}`)
    list.append(tab)
    return tab
  })

  const mark = () => {
    tabs.forEach((tab) => {
      const on = tab.dataset.tab === model.get("chosen")
      tab.setAttribute("aria-selected", on)
      tab.tabIndex = on ? 0 : -1
    })
  }
  // The panels are widgets of their own, which may come later than the tabs.
  const wire = (tries) => {
    const missing = tabs.filter((tab) => {
      const panel = document.querySelector(`.${tab.getAttribute("aria-controls")}`)
      if (!panel) return true
      panel.id = tab.getAttribute("aria-controls")
      panel.setAttribute("role", "tabpanel")
      panel.setAttribute("aria-labelledby", tab.id)
      return false
    })
    if (missing.length && tries) setTimeout(() => wire(tries - 1), 100)
  }
  const choose = (tab) => {
    model.set("chosen", tab.dataset.tab)
    model.save_changes()
    tab.focus({ preventScroll: true })
  }
  list.addEventListener("click", (event) => {
    const tab = event.target.closest("[role=tab]")
    if (tab) choose(tab)
  })
  list.addEventListener("keydown", (event) => {
    const at = tabs.indexOf(document.activeElement)
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key]
    if (at < 0 || to === undefined) return
    event.preventDefault()
    choose(tabs[(to + tabs.length) % tabs.length])
  })
  model.on("change:chosen", mark)
  mark()
  wire(50)
  return () => model.off("change:chosen", mark)
}

export default { render }
