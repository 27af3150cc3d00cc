"""How the columns of each table are called in exports, in four languages, and what their values look like.

One table of data: to teach cxkit another word, add it here. All words are as `plain` writes them: small letters,
without accents, one blank between words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["FILE_WORDS", "NEEDS", "PEOPLE", "PEOPLE_ONLY", "ROLES", "TELLING", "Role"]


@dataclass(frozen=True, slots=True)
class Role:
    """How a column of a contract may be called.

    Attributes:
        surely: Headers that say it.
        maybe: Headers that may mean it.
        shape: What its values look like: key, id, moment, month, number, scale, group, yesno, text.
        never: Headers that mean something else.
    """

    surely: re.Pattern[str]
    maybe: re.Pattern[str]
    shape: str
    never: re.Pattern[str]


def _role(shape: str, surely: str, maybe: str = "", never: str = "") -> Role:
    return Role(_words(surely), _words(maybe), shape, _words(never))


def _words(text: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{text})\b" if text else r"(?!)")


_NO = r"(?:id|ids|nr|no|num|number|nummer|ref|reference|referenz|key|code|kennung|uuid|guid|identifier)"
_WHO = r"(?:customer|client|account|acct|user|member|subscriber|kunde|kunden|klant|abonne|adherent|patient|guest)"
_ID = rf"(?:id|identifiant|numero|num|no|nr|nummer|{_NO})"
_CUSTOMER = _role(
    "id",
    rf"{_WHO}s? ?{_NO}|{_ID} (?:de |du |d )?(?:client|abonne|adherent|kunde|klant)|kunden ?(?:nr|nummer|id|kennung)|"
    r"klant ?(?:nr|nummer|id)|debitor(?:en)?(?:nr|nummer)?|debiteur(?:en)?(?:nr|nummer)?|numero client|code client|"
    r"custid|cust ?no|customerid|userid|accountid|clientid",
    rf"requester ?(?:id)?|contact ?id|{_WHO}|external ?(?:data ?)?(?:id|ref|reference)|custom ?data ?1|custom 1|"
    rf"compan(?:y|ies) ?ids?"
    r"|organi[sz]ation ?id|caller ?id|caller|requested for|vertragskonto|konto(?:nr|nummer)?|visitor ?id",
    r"name|email|e mail|type|since|segment|status|satisfaction|service|manager|owner|code name|ip|agent|date|region|"
    r"phone|value|group|tier|country|message|reply|comment|city|plan|count|experience|support|care",
)
_AMOUNT = (
    r"amount|betrag|montant|bedrag|total|umsatz|chiffre d affaires|omzet|revenue|value|wert|summe|somme|price|preis"
)
_CHANNEL = _role(
    "group", r"channel|kanal|canal|kanaal|via|contact method|origin|source channel", r"source|medium|quelle"
)
_ANSWERED = (
    r"recorded ?date|submitted(?: ?at)?|completed ?(?:at|on|date)|response ?date|date ?submitted|answered ?(?:at|on)?"
)
_LIKELY = (
    r"(?:how )?likely (?:are|is|would|to)(?: \w+){0,12} recommend|likelihood to recommend|would you recommend|recommend"
    r"|nps|net ?pro(?:moter)?(?: score)?|ltr|(?:weiter)?empfehl\w*|weiterempfehlungsbereitschaft|recommand\w+|"
    r"aanbevel\w*"
    r"|aanbeveling|aanraden|netpro"
)
_GROUPED = (
    r"nps group|nps gruppe|group|gruppe|categor\w+|reason|why|warum|pourquoi|waarom|comment|text|other|segment|"
    r"place to work|"
    r"enps|employer|arbeitgeber|employeur|werkgever"
)

ROLES: Mapping[str, Mapping[str, Role]] = {
    "customers": {
        "customer_id": _CUSTOMER,
        "segment": _role("group", r"segment|kundengruppe|kundensegment|customer (?:type|group|segment)|tier|"
                                  r"klantgroep"),
        "region": _role("group", r"region|market|land|country|pays|gebiet|regio|territory|bundesland|state|markt"),
        "product": _role("group", r"product|produkt|produit|plan|tariff?|contract(?: type)?|vertrag(?:sart)?|"
                                  r"subscription"
                         r"|abonnement|forfait|offre|package", never=r"start|end|date|id|since|value|line|gekundigt"),
        "acquired_via": _role("group", r"acqui\w+|lead source|acquisition channel|herkunft|source|werbekanal|"
                                       r"utm source"),
        "joined_on": _role("moment", r"joined|join date|customer since|since|kunde seit|client depuis|klant sinds|"
                                     r"signup|"
                           r"sign ?up(?: date)?|signed up|registered|registration|contract start|vertragsbeginn|seit|"
                           r"activated|date d inscription|eintritt|created|angelegt|erstellt|created at|start ?date|"
                           r"debut"),
        "left_on": _role("moment", r"left|churn(?:ed)? ?(?:date|on|at)|cancel\w*|kundigung\w*|gekundigt\w*|"
                                   r"contract end|"
                         r"vertragsende|resili\w+|opgezegd|einde|end ?date|deactivated|closed"),
        "may_contact": _role("yesno", r"opt ?in|consent|may contact|einwilligung|werbeerlaubnis|consentement|"
                             r"toestemming|marketing (?:ok|allowed|permission)|newsletter"),
        "holdout": _role("yesno", r"holdout|control group|kontrollgruppe"),
    },
    "responses": {
        "response_id": _role("key", rf"(?:response|respondent|answer|submission|antwort|reponse|befragten?|"
                                    rf"feedback) ?{_NO}"
                             r"|resp ?(?:num|id|no)|respnum|record ?id|identifiant de reponse|antwoord ?(?:nr|id)|"
                             r"interview ?(?:nr|no|number|id)|response ?token", r"id|token|#|row ?id|uuid|lfd nr",
                             never=rf"collector|{_WHO}|network|e mail|ip"),
        "responded_at": _role("moment", rf"{_ANSWERED}|end ?date|timestamp|zeitstempel|horodateur|tijdstempel|"
                                        rf"antwortdatum"
                              r"|erfassungsdatum|enddatum|date de fin|date de reponse|date d enregistrement|invuldatum|"
                              r"submit date|survey date|interview date|einddatum",
                              r"date|datum|start ?date|startdatum|anfangsdatum|created(?: at)?|date de debut|"
                              r"int ?date|tag",
                              never=r"birth|geburt|naissance|geboorte|visit|order|join|since"),
        "customer_id": _CUSTOMER,
        "survey": _role("group", r"survey(?: ?name)?|umfrage|enquete|sondage|questionnaire|fragebogen|touchpoint|"
                                 r"occasion|"
                        r"anlass", never=r"date|id|how|please|satisf\w+|time|duration"),
        "step": _role("group", r"journey step|step|stage|moment|schritt|etape", never=r"date|next"),
        "channel": _CHANNEL,
        "score": _role("scale", _LIKELY, r"score|0 10|rating", never=_GROUPED),
        "satisfaction": _role("scale", r"csat|(?:how |very |overall )?satisf\w*|zufrieden\w*|tevreden\w*|contente?ment|"
                              r"overall (?:rating|experience)|gesamtbewertung|gesamtzufriedenheit|note globale",
                              r"rating|bewertung|stars|sterne|note|beoordeling|score|grade",
                              never=r"why|reason|comment|dissatisf\w+ with|warum|text|other|group|pourquoi|waarom"),
        "effort": _role("scale", r"ces|effort|easy|ease(?: of)?|easily|aufwand|einfach|leicht|facile|facilite|"
                                 r"effort score|"
                        r"gemakkelijk|makkelijk|made it easy", r"difficult|schwierig|difficile|moeilijk",
                        never=r"why|reason|comment|text|other|process|access|proces|successful"),
        "resolved": _role("yesno", r"resolved|solved|gelost|resolu|opgelost|settled|erledigt|issue fixed"),
        "weight": _role("number", r"weights?|gewicht(?:ung)?|poids|ponderation|weging|weegfactor|wgt|wt",
                        never=r"kg|lb|body|parcel|package|shipping"),
    },
    "interactions": {
        "interaction_id": _role("key", rf"(?:ticket|case|contact|call|interaction|incident|conversation|request|event|"
                                       rf"issue|"
                                rf"chat|vorgangs?|anfrage|fall|anruf|demande|appel|dossier|gesprek|melding) ?{_NO}|"
                                r"ticket|case|ticketnummer|vorgang|fallnummer|dossiernummer|numero de (?:ticket|"
                                r"dossier)",
                                r"id|#|number|nummer|nr|no", never=rf"{_WHO}|requester|assignee|agent|group|owner|type"
                                r"|status|form|session|parent|origin|reason|subject|email|count|priority|opportunity|"
                                r"deal|order|invoice"),
        "customer_id": _CUSTOMER,
        "started_at": _role("moment", r"created(?: ?(?:at|on|date|time))?|opened(?: ?(?:at|date|on))?|"
                                      r"date ?/? ?time opened|"
                            r"start(?:ed)? ?(?:at|time)|date opened|eroffnet(?: am)?|erstellt(?: am)?|angelegt(?: am)?|"
                            r"cree le|date de creation|date d ouverture|aangemaakt(?: op)?|geopend|call (?:start|time|"
                            r"date)"
                            r"|event ?time|timestamp|erstelldatum|eingang(?:sdatum)?|aanmaakdatum|initiated|received",
                            r"date|datum|time|start ?date|beginn|start", never=r"updat\w+|due|closed|birth|due|"
                                                                               r"resol\w+|"
                            r"last|clos\w+|first response|end|gelost|ferme|assign\w*|solved"),
        "ended_at": _role("moment", r"closed(?: ?(?:at|on|date|time))?|date ?/? ?time closed|resolved(?: ?(?:at|time|"
                                    r"date))?|"
                          r"solved(?: ?at)?|end(?:ed)? ?(?:at|time|date)|completed(?: ?at)?|geschlossen(?: am)?|"
                          r"gelost am|"
                          r"abgeschlossen(?: am)?|ferme le|cloture|resolu le|date de (?:cloture|fermeture|resolution)|"
                          r"gesloten(?: op)?|opgelost op|sluitdatum|erledigt am|ende", never=r"due|by|sla"),
        "case_id": _role("id", rf"(?:case|parent|session|journey|problem|thread|fall|dossier|order) ?{_NO}"),
        "channel": _role("group", r"channel|kanal|canal|kanaal|via|origin|contact method|case origin|ticket source",
                         r"source|medium|platform", never=r"acquisition|id"),
        "reason": _role("group", r"reason|category|topic|subject type|type|issue type|contact reason|grund|anlass|"
                        r"kategorie|thema|motif|categorie|sujet|reden|onderwerp|disposition|ticket type|problem type",
                        never=r"customer|account|user|lifecycle"),
        "step": _role("group", r"journey step|step|event|event (?:name|type)|action|page|stage|schritt|etape|stap",
                      never=r"time|date|id|count"),
        "resolved": _role("yesno", r"resolved|solved|fcr|first contact resolution|gelost|resolu|opgelost|settled|"
                                   r"erledigt",
                          never=r"at|on|date|time|am|le|op"),
        "transferred": _role("yesno", r"transferred|escalated|weitergeleitet|transfere|doorverbonden|eskaliert|"
                                      r"reassigned"),
        "cost": _role("number", r"cost|kosten|cout"),
        "answered_at": _role("moment", r"answer(?:ed)?(?: ?(?:at|time))?|first (?:response|reply)(?: ?(?:time|at|"
                                       r"date))?|picked up|"
                             r"angenommen(?: am)?|initial response time|first replied"),
        "abandoned": _role("yesno", r"abandon\w*|aufgelegt|hung up|lost call"),
        "wait_seconds": _role("number", r"wait(?:ing)?(?: ?time)?(?: ?(?:s|sec|seconds))?|queue time|wartezeit|"
                                        r"speed of "
                              r"answer|asa|attente|wachttijd"),
        "handle_seconds": _role("number", r"handl(?:e|ing) ?(?:time)?(?: ?(?:s|sec|seconds))?|aht|"
                                          r"talk(?: ?time)?(?: ?(?:s|sec|seconds))?|"
                                          r"bearbeitungszeit"
                                r"|gesprachsdauer|duree|duration(?: ?(?:s|sec|seconds))?|gespreksduur"),
        "due_at": _role("moment", r"due(?: ?(?:at|by|date))?|sla (?:due|deadline)|deadline|fallig(?: am)?|echeance"),
        "transfers": _role("number", r"transfers|reassignments|number of transfers|group stations|"
                                     r"anzahl weiterleitungen"),
    },
    "revenue": {
        "customer_id": _CUSTOMER,
        "month": _role("month", r"month|monat|mois|maand|(?:billing|invoice|service) ?(?:month|period)|"
                       r"abrechnungs(?:monat|zeitraum|periode)|rechnungsmonat|period|periode|periodo|leistungsmonat|"
                       r"facturatiemaand|mois de facturation", r"invoice ?date|billing ?date|rechnungsdatum|date de "
                       r"facture|factuurdatum|date|datum|posting date|buchungsdatum", never=r"due|paid|birth|join\w*"),
        "amount": _role("number", rf"mrr|arr|recurring(?: revenue)?|net ?amount|netto(?:betrag)?|{_AMOUNT}|ht|monthly "
                        r"(?:charges?|fee|revenue)|rechnungsbetrag|montant (?:ht|net)|factuurbedrag|"
                        r"invoice(?:d)? amount",
                        r"charges?|fee|net|gross|brutto|sales", never=r"tax|vat|mwst|tva|btw|ust|discount|quantity"),
        "product": _role("group", r"product|produkt|produit|tariff?|plan|item|sku|artikel|article|"
                                  r"service", never=r"id|date"),
    },
    "orders": {
        "order_id": _role("key", rf"(?:order|purchase|transaction|sale|receipt|basket|bestell|auftrags?|bestelling|"
                                 rf"commande|"
                          rf"kauf|invoice) ?{_NO}|order|bestellnummer|auftragsnummer|bestelnummer|numero de commande|"
                          r"commande|orderid|transactionid", r"id|#|nr|no|number", never=rf"{_WHO}|date|status|value|"
                                                                                         rf"total"),
        "customer_id": _CUSTOMER,
        "ordered_at": _role("moment", r"order(?:ed)? ?(?:at|on|date|time)|purchase ?(?:date|time|timestamp)|"
                                      r"purchased at|"
                            r"bestell(?:datum|t am)|auftragsdatum|date de commande|besteldatum|kaufdatum|"
                            r"transaction date|"
                            r"date d achat|invoice date|order purchase timestamp",
                            r"date|datum|created(?: at)?|timestamp", never=r"ship\w*|deliver\w*|paid|cancel\w*|due"),
        "amount": _role("number", rf"order (?:value|total|amount)|grand total|bestellwert|auftragswert|{_AMOUNT}|"
                        r"montant de la commande|orderwaarde|subtotal", r"net|gross|sales|unit price",
                        never=r"tax|vat|mwst|tva|btw|discount|shipping|quantity|id"),
        "category": _role("group", r"category|kategorie|categorie|product (?:category|type|group)|warengruppe|"
                                   r"department"),
        "channel": _role("group", r"channel|kanal|canal|kanaal|store|shop|filiale|magasin|winkel|source name|platform",
                         never=r"id"),
    },
    "employees": {
        "employee_id": _role("key", rf"(?:employee|staff|personnel|worker|agent|mitarbeiter|personal|medewerker|"
                                    rf"salarie|"
                             rf"matricule) ?{_NO}|personalnummer|mitarbeiternummer|matricule|personeelsnummer|employee|"
                             r"numero d employe", r"id", never=rf"{_WHO}|manager|ticket"),
        "team": _role("group", r"team|group|department|abteilung|equipe|afdeling|unit|squad|service", never=r"id|lead"),
        "role": _role("group", r"role|job ?title|position|funktion|rolle|stelle|fonction|poste|functie|title|job"),
        "area": _role("group", r"area|bereich|domaine|function|business unit"),
        "fte": _role("number", r"fte|full ?time equivalents?|etp|vze|vzae|vollzeitaquivalent\w*|beschaftigungsgrad|"
                               r"vakken"),
        "started_on": _role("moment", r"hire(?:d)?(?: ?date)?|start(?:ed)?(?: ?(?:date|on))?|from|eintritt(?:sdatum)?|"
                                      r"seit|"
                            r"date d embauche|indienst\w*|von"),
        "ended_on": _role("moment", r"end(?:ed)?(?: ?(?:date|on))?|termination(?: date)?|left|austritt(?:sdatum)?|bis|"
                                    r"to|"
                          r"date de depart|uitdienst\w*|leave date"),
    },
    "finance": {
        "month": _role("month", r"month|monat|mois|maand|period|periode|posting (?:date|period)|buchungs(?:monat|"
                                r"periode|"
                       r"datum)|fiscal period|boekingsperiode", r"date|datum"),
        "line": _role("text", r"(?:cost|revenue|budget) ?(?:line|type|element)|line(?: item)?|gl account(?: name)?|"
                              r"account "
                      r"name|ledger(?: account)?|kostenart|sachkonto|konto(?:bezeichnung)?|position|poste|compte|"
                      r"grootboek(?:rekening)?|kostensoort|intitule", r"account|cost cent(?:er|re)|kostenstelle|"
                                                                      r"category"),
        "area": _role("group", r"area|function|bereich|cost cent(?:er|re)|kostenstelle|centre de cout|kostenplaats|"
                               r"department"),
        "amount": _role("number", rf"{_AMOUNT}|actuals?|ist|saldo|balance|cost|kosten|cout|realise", r"budget|plan"),
    },
    "invitations": {
        "invitation_id": _role("key", rf"(?:invitation|invite|send|message|mailing|einladung|distribution|"
                                      rf"recipient) ?{_NO}",
                               r"id", never=rf"{_WHO}|collector"),
        "sent_at": _role("moment", r"sent(?: ?(?:at|on|date))?|send (?:date|time)|invited ?(?:at|on)?|gesendet(?: am)?|"
                         r"versand(?:datum|t am)?|verschickt(?: am)?|envoye le|date d envoi|verzonden(?: op)?|"
                         r"invitation date|einladungsdatum"),
        "customer_id": _CUSTOMER,
        "survey": _role("group", r"survey(?: ?name)?|umfrage|enquete|campaign|kampagne"),
        "channel": _CHANNEL,
        "delivered": _role("yesno", r"delivered|zugestellt|arrived|distribue|bezorgd"),
        "answered_at": _role("moment", r"answered(?: ?(?:at|on))?|responded(?: ?(?:at|on))?|response date|"
                                       r"completed(?: ?at)?|"
                             r"beantwortet(?: am)?|repondu le|beantwoord(?: op)?|finished at"),
    },
    "staff_answers": {
        "answer_id": _role("key", rf"(?:answer|response|antwort|reponse) ?{_NO}", r"id|#"),
        "answered_at": _role("moment", rf"{_ANSWERED}|end ?date|timestamp|antwortdatum|date de reponse", r"date|datum"),
        "employee_id": _role("id", rf"(?:employee|staff|mitarbeiter|personal|medewerker|salarie) ?{_NO}|personalnummer|"
                             r"pseudonym|matricule"),
        "team": _role("group", r"team|department|abteilung|equipe|afdeling"),
        "role": _role("group", r"role|job ?title|position|funktion|fonction|functie"),
        "item": _role("text", r"item|question|frage|statement|aussage|vraag|stelling"),
        "recommend": _role("scale", r"enps|place to work|as an employer|arbeitgeber\w*|employeur|werkgever|"
                           r"recommend (?:\w+ ){0,6}(?:work|employer)"),
        "agreement": _role("scale", r"agreement|agree|zustimmung|accord|mee eens|answer|antwort|score|rating"),
    },
    "deals": {
        "deal_id": _role("key", rf"(?:deal|opportunity|opp|quote|chance|affaire|kans) ?{_NO}|opportunity|deal", r"id",
                         never=rf"{_WHO}|owner|name|stage|type|amount|value|date|source"),
        "customer_id": _CUSTOMER,
        "closed_on": _role("moment", r"clos(?:e|ed|ing) ?(?:date|on|at)?|abschluss(?:datum)?|date de (?:cloture|"
                                     r"signature)|"
                           r"sluitingsdatum|won (?:date|on)|decision date", never=r"created"),
        "amount": _role("number", rf"deal (?:value|size|amount)|acv|tcv|{_AMOUNT}"),
        "won": _role("yesno", r"(?:is )?won|gewonnen|gagne|outcome|status|stage|result|ergebnis|etape", never=r"date|"
                                                                                                              r"lead"),
        "renewal": _role("yesno", r"renewal|is renewal|verlangerung|renouvellement|verlenging|type|deal type|art"),
        "sourced": _role("yesno", r"sourced|cs ?sourced|cs ?q ?l"),
        "touched_on": _role("moment", r"touched(?: on)?|last (?:touch|activity)(?: date)?"),
    },
}  # fmt: skip
"""By table and column."""

TELLING: Mapping[str, tuple[str, ...]] = {
    "customers": ("joined_on", "left_on", "may_contact", "segment", "product"),
    "responses": ("score", "satisfaction", "effort", "weight"),
    "interactions": (
        "ended_at",
        "reason",
        "step",
        "transferred",
        "answered_at",
        "wait_seconds",
        "handle_seconds",
        "due_at",
    ),
    "revenue": ("month", "amount"),
    "orders": ("ordered_at", "category", "amount"),
    "employees": ("team", "role", "fte", "started_on"),
    "finance": ("line", "area"),
    "invitations": ("delivered", "answered_at"),
    "staff_answers": ("recommend", "agreement", "item"),
    "deals": ("won", "renewal"),
}
"""Columns that tell a table from others, beside those that it cannot do without."""

FILE_WORDS: Mapping[str, re.Pattern[str]] = {
    "customers": _words(r"customers?|crm|accounts?|kunden|clients?|klanten|churn|contacts?"),
    "responses": _words(r"surveys?|nps|csat|ces|responses?|feedback|umfrage|enquete|voc|befragung"),
    "interactions": _words(
        r"tickets?|cases?|calls?|contacts?|interactions?|events?|clickstream|incidents?|anrufe|chats?"
    ),
    "revenue": _words(r"revenue|invoices?|billing|mrr|rechnungen|umsatz|factures?|facturen|subscriptions?"),
    "orders": _words(r"orders?|purchases?|transactions?|bestellungen|auftrage|commandes?|bestellingen|sales"),
    "employees": _words(r"employees?|staff|hr|mitarbeiter|personal|salaries|medewerkers|agents?"),
    "finance": _words(r"finance|costs?|ledger|kosten|budget|gl|p l|controlling|comptes?"),
    "invitations": _words(r"invitations?|invites?|distribution|mailings?|einladungen|sends?"),
    "staff_answers": _words(r"enps|employee survey|staff survey|engagement survey|mitarbeiterbefragung"),
    "deals": _words(r"deals?|opportunities|pipeline|opps?|affaires"),
}
"""Words in the name of a file that speak for a table."""

PEOPLE = _words(
    r"(?:first|last|given|family|full|sur|middle|contact|customer|client|account holder|requester|agent|assignee|"
    r"employee|"
    r"user|recipient|display|respondent) ?name|surname|vorname|nachname|familienname|prenom|nom|voornaam|achternaam|"
    r"e ?mails?|e ?mail ?(?:address|adresse|adres)|courriel|phones? ?(?:number|no|nr)|telefon\w*|telephone|"
    r"mobile (?:phone|number)|"
    r"handy\w*|ip ?address\w*|ip ?adres\w*|adresse ip|postal ?code|postcode|code postal|latitude|longitude|"
    r"breitengrad\w*|langengrad\w*|birth\w*|dob|geburts\w*|date de naissance|geboorte\w*|iban|ssn|passport|"
    r"social security|credit card|comments?|kommentar\w*|commentaires?|opmerking\w*|free ?text|freitext|verbatim|"
    r"(?:account|deal|opportunity|case|ticket|record) owner|open ended response|please specify|bitte angeben|"
    r"veuillez preciser|user agent|network id|text"
)
"""Headers of columns about people, or in their own words, that no number needs."""

PEOPLE_ONLY = _words(
    r"name|naam|mail|recipient|phones?|tel|mobile|fax|gsm|ip|address|adresse|adres|street|strasse|str|rue|straat|"
    r"hausnummer|zip|"
    r"zip ?code|plz|lat|lon|lng|geo|bic|notes?|notizen|description|beschreibung|message|subject|betreff|signature|"
    r"gender|"
    r"geschlecht|sexe|geslacht|religion|ethnicity|race|income|requester|contact|assignee|agent|owner|bearbeiter|"
    r"twitter|linkedin|"
    r"facebook"
)
"""The same where the header says nothing else."""

NEEDS: Mapping[str, tuple[str, ...]] = {
    "responses": ("score", "satisfaction", "effort"),
    "interactions": ("ended_at", "reason", "channel", "step", "case_id", "wait_seconds", "handle_seconds"),
    "staff_answers": ("employee_id", "recommend"),
}
"""Columns one of which there has to be, beside those that every row needs."""
