// The report's own cards; the name of each becomes a button that chooses it.
function render({ model, el }) {
  el.classList.add("cx", "cx-card-choice")
  // A notebook has shortcuts of its own on the keys that work here.
  el.dataset.lmSuppressShortcuts = "true"
  el.setAttribute("role", "group")

  const draw = () => {
    const held = el.contains(document.activeElement) ? document.activeElement.dataset.kpi : undefined
    el.setAttribute("aria-label", model.get("label"))
    el.style.setProperty("--cx-columns", model.get("columns"))
    el.innerHTML = model.get("html")
    el.querySelectorAll(".cx-cards li").forEach((card, i) => {
      const key = model.get("kpis")[i]
      const label = card.querySelector(".label")
      const button = document.createElement("button")
      button.type = "button"
      button.className = "cx-card-button"
      button.dataset.kpi = card.dataset.kpi = key
      button.append(...label.childNodes)
      label.append(button)
      if (key === held) button.focus({ preventScroll: true })
    })
    mark()
  }
  const mark = () => {
    el.querySelectorAll(".cx-card-button").forEach((button) => {
      const on = button.dataset.kpi === model.get("chosen")
      button.setAttribute("aria-pressed", on)
      button.closest("li").classList.toggle("chosen", on)
    })
  }
  el.addEventListener("click", (event) => {
    const card = event.target.closest("li[data-kpi]")
    if (!card || !el.contains(card)) return
    model.set("chosen", card.dataset.kpi)
    model.save_changes()
  })
  model.on("change:html change:kpis change:label change:columns", draw)
  model.on("change:chosen", mark)
  draw()
  return () => {
    model.off("change:html change:kpis change:label change:columns", draw)
    model.off("change:chosen", mark)
  }
}

export default { render }
