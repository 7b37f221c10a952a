"""Every address × every person has its expected answer, for reading and for posting."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, resolve

from evaluation import books
from evaluation.models import Evaluation, SchemeVersion
from greenmfg import clock
from greenmfg.rulebook import Category, Material
from registry import drafts, intake, publishing
from registry.enclosures import enclose
from registry.inviting import digest_of
from registry.merging import merge
from registry.models import Case, Document, Invitation, Objection, PoolApplication, Unit, User
from registry.resources import brought
from registry.resources.units import Units
from tests.evaluation.checks import an_evaluation, brought_to
from tests.evaluation.gradings import a_grading, a_round, listed
from tests.evaluation.gradings import answered as graded_to
from tests.factories import a_call, a_draft, a_notice, a_unit, an_application, an_edition, at, do
from tests.people import Cast, cast
from tests.registry.damaged import a_table
from tests.registry.hostile import pdf_of_pages
from tests.registry.papers import a_correction, a_diagnosis, a_roster, an_objection
from tests.registry.registrations import a_registrant, a_registration, an_imported_entity

TODAY = at("2026-03-27 15:00")
PEOPLE = ("nobody", "chen", "liu", "zhao", "sun", "zhou", "he", "wu", "gao", "shen", "shi")

# 陈晨's entity has a draft, {draft}, an application with the district, {district}, and one with the bureau,
# {bureau}; `admitted` is in the pool. 刘洋's is on a notice that runs. 刘洋 and 孙莉 must see nothing of 陈晨's.
# Posts are empty: 422 or 409 means that the door was open and the form refused.
TABLE = """
GET  /                                               200
POST /                                               405
GET  /notices/                                       200
POST /notices/                                       405
GET  /notices/{running}/                             200
POST /notices/{running}/                             405
GET  /notices/{running}.pdf                          200
POST /notices/{running}.pdf                          405
GET  /notices/{drafted}.pdf                          404
POST /notices/{drafted}.pdf                          405
GET  /notices/{running}/object/                      200
POST /notices/{running}/object/                      422
GET  /notices/{closed}/object/                       200
POST /notices/{closed}/object/                       422
GET  /notices/{drafted}/object/                      404
POST /notices/{drafted}/object/                      404
GET  /notices/{running}/corrections/{corrected}/     200
POST /notices/{running}/corrections/{corrected}/     405
GET  /notices/{closed}/corrections/{corrected}/      404
POST /notices/{closed}/corrections/{corrected}/      405
GET  /notices/{running}/corrections/{correction}/    404
POST /notices/{running}/corrections/{correction}/    405
GET  /objections/track/                              200
POST /objections/track/                              422
GET  /notices/{drafted}/                             404
POST /notices/{drafted}/                             405
GET  /lists/                                         200
POST /lists/                                         405
GET  /lists/{published}/                             200
POST /lists/{published}/                             405
GET  /lists/{roster}/                                404
POST /lists/{roster}/                                405
GET  /lists/{published}.pdf                          200
POST /lists/{published}.pdf                          405
GET  /lists/{roster}.pdf                             404
POST /lists/{roster}.pdf                             405
GET  /lists/edit/{roster}/preview.pdf                302 404 404 404 404 200 200 404 404 404 404
POST /lists/edit/{roster}/preview.pdf                302 405 405 405 405 405 405 405 405 405 405
GET  /units/{unit}/                                  404 200 404 200 404 200 200 404 404 404 200
POST /units/{unit}/                                  405
GET  /units/{in_pool}/                               200
POST /units/{in_pool}/                               405
GET  /units/                                         302 403 403 200 200 200 200 403 403 403 403
POST /units/                                         302 403 403 405 405 405 405 403 403 403 403
GET  /units/pending/                                 302 403 403 403 403 200 200 403 403 403 403
POST /units/pending/                                 302 403 403 403 403 422 403 403 403 403 403
GET  /entities/                                      302 403 403 403 403 200 200 403 403 403 403
POST /entities/                                      302 403 403 403 403 405 405 403 403 403 403
GET  /entities/{entity}/                             302 403 403 403 403 200 200 403 403 403 403
POST /entities/{entity}/                             302 403 403 403 403 405 405 403 403 403 403
GET  /entities/merge/?kept={entity}&gone={other_entity} 302 403 403 403 403 200 403 403 403 403 403
POST /entities/merge/?kept={entity}&gone={other_entity} 302 403 403 403 403 422 403 403 403 403 403
GET  /entities/merges/{merge}/restore/               302 403 403 403 403 200 403 403 403 403 403
POST /entities/merges/{merge}/restore/               302 403 403 403 403 422 403 403 403 403 403
GET  /register/                                      200 302 302 302 302 302 302 302 302 302 302
POST /register/                                      422 302 302 302 302 302 302 302 302 302 302
GET  /registrations/                                 302 403 403 200 200 200 200 403 403 403 403
POST /registrations/                                 302 403 403 405 405 405 405 403 403 403 403
GET  /registrations/{registration}/                  302 404 404 200 404 200 200 404 404 404 404
POST /registrations/{registration}/                  302 405 405 405 405 405 405 405 405 405 405
GET  /registrations/{registration}/confirm/          302 404 404 200 404 403 403 404 404 404 404
POST /registrations/{registration}/confirm/          302 404 404 422 404 403 403 404 404 404 404
GET  /registrations/{registration}/refile/           302 404 404 403 404 403 403 404 404 404 404
POST /registrations/{registration}/refile/           302 404 404 403 404 403 403 404 404 404 404
GET  /registrations/{registration}/undo/             302 405 405 405 405 405 405 405 405 405 405
POST /registrations/{registration}/undo/             302 404 404 409 404 409 409 404 404 404 404
GET  /registrations/{registration}/decline/          302 404 404 200 404 403 403 404 404 404 404
POST /registrations/{registration}/decline/          302 404 404 422 404 403 403 404 404 404 404
GET  /join/{invited}/                                200
POST /join/{invited}/                                422 409 409 409 409 409 409 409 409 409 409
GET  /my/people/                                     302 200 200 403 403 403 403 403 403 403 403
POST /my/people/                                     302 422 422 403 403 403 403 403 403 403 403
GET  /my/people/{colleague}/disable/                 302 200 404 403 403 403 403 403 403 403 403
POST /my/people/{colleague}/disable/                 302 302 404 403 403 403 403 403 403 403 403
GET  /my/invitations/{invitation}/withdraw/          302 405 405 403 403 403 403 403 403 403 403
POST /my/invitations/{invitation}/withdraw/          302 302 404 403 403 403 403 403 403 403 403
GET  /rules/                                         200
POST /rules/                                         405
GET  /help/                                          200
POST /help/                                          405
GET  /accessibility/                                 200
POST /accessibility/                                 405
GET  /sitemap/                                       200
POST /sitemap/                                       405
GET  /me/size/                                       405
POST /me/size/                                       302
GET  /desk/                                          302 302 302 200 200 200 200 200 200 200 200
POST /desk/                                          302 405 405 405 405 405 405 405 405 405 405
GET  /desk/todo/                                     302 403 403 200 200 200 200 200 403 403 403
POST /desk/todo/                                     302 403 403 405 405 405 405 405 403 403 403
GET  /desk/done/                                     302 403 403 200 200 200 200 200 403 403 403
POST /desk/done/                                     302 403 403 405 405 405 405 405 403 403 403
GET  /me/notifications/                              302 200 200 200 200 200 200 200 200 200 200
POST /me/notifications/                              302 404 404 404 404 404 404 404 404 404 404
GET  /me/settings/                                   302 200 200 200 200 200 200 200 200 200 200
POST /me/settings/                                   302 302 302 302 302 302 302 302 302 302 302
GET  /search/                                        302 200 200 200 200 200 200 200 200 200 200
POST /search/                                        302 405 405 405 405 405 405 405 405 405 405
GET  /pool/                                          302 403 403 200 200 200 200 403 403 403 403
POST /pool/                                          302 403 403 405 405 405 405 403 403 403 403
GET  /imports/                                       302 403 403 200 200 200 403 403 200 403 403
POST /imports/                                       302 403 403 405 405 405 403 403 405 403 403
GET  /imports/units/                                 302 403 403 200 200 200 403 403 403 403 403
POST /imports/units/                                 302 403 403 422 422 422 403 403 403 403 403
GET  /imports/nothing/                               302 403 403 404 404 404 403 403 404 403 403
POST /imports/nothing/                               302 403 403 404 404 404 403 403 404 403 403
GET  /imports/units/template.xlsx                    302 403 403 200 200 200 403 403 403 403 403
POST /imports/units/template.xlsx                    302 403 403 405 405 405 403 403 405 403 403
GET  /imports/units/{brought}/                       302 403 403 200 404 404 403 403 403 403 403
POST /imports/units/{brought}/                       302 403 403 422 404 404 403 403 403 403 403
GET  /imports/units/{brought}/marked.xlsx            302 403 403 200 404 404 403 403 403 403 403
POST /imports/units/{brought}/marked.xlsx            302 403 403 405 405 405 403 403 405 403 403
GET  /lists/edit/                                    302 403 403 403 403 200 200 403 200 403 403
POST /lists/edit/                                    302 403 403 403 403 405 405 403 405 403 403
GET  /lists/edit/new/                                302 403 403 403 403 200 403 403 403 403 403
POST /lists/edit/new/                                302 403 403 403 403 422 403 403 403 403 403
GET  /lists/edit/{published}/                        302 403 403 403 403 200 200 403 200 403 403
POST /lists/edit/{published}/                        302 403 403 403 403 405 405 403 405 403 403
GET  /lists/edit/{roster}/                           302 404 404 404 404 200 200 404 404 404 404
POST /lists/edit/{roster}/                           302 404 404 404 404 405 405 404 405 404 404
GET  /lists/edit/{roster}/publish/                   302 404 404 404 404 403 200 404 404 404 404
POST /lists/edit/{roster}/publish/                   302 404 404 404 404 403 409 404 404 404 404
GET  /manage/audit/                                  302 403 403 403 403 403 403 403 403 403 200
POST /manage/audit/                                  302 403 403 403 403 403 403 403 403 403 405
GET  /manage/rules/                                  302 403 403 403 403 200 200 403 200 403 403
POST /manage/rules/                                  302 403 403 403 403 405 405 403 405 403 403
GET  /manage/rules/notice_days/                      302 403 403 403 403 200 200 403 200 403 403
POST /manage/rules/notice_days/                      302 403 403 403 403 422 403 403 403 403 403
GET  /manage/rules/upload_mb/                        302 403 403 403 403 200 200 403 200 403 403
POST /manage/rules/upload_mb/                        302 403 403 403 403 403 403 403 422 403 403
GET  /manage/rules/editions/                         302 403 403 403 403 200 200 403 200 403 403
POST /manage/rules/editions/                         302 403 403 403 403 405 405 403 405 403 403
GET  /manage/rules/editions/new/                     302 403 403 403 403 200 403 403 403 403 403
POST /manage/rules/editions/new/                     302 403 403 403 403 422 403 403 403 403 403
GET  /manage/rules/editions/2023-draft/              302 403 403 403 403 200 200 403 200 403 403
POST /manage/rules/editions/2023-draft/              302 403 403 403 403 403 403 403 403 403 403
GET  /manage/rules/editions/{edition}/               302 403 403 403 403 200 200 403 200 403 403
POST /manage/rules/editions/{edition}/               302 403 403 403 403 403 422 403 403 403 403
GET  /manage/rules/editions/{edition}/edit/          302 403 403 403 403 200 403 403 403 403 403
POST /manage/rules/editions/{edition}/edit/          302 403 403 403 403 422 403 403 403 403 403
GET  /manage/templates/                              302 403 403 403 403 200 200 403 200 403 403
POST /manage/templates/                              302 403 403 403 403 405 405 403 405 403 403
GET  /manage/templates/new/                          302 403 403 403 403 200 200 403 200 403 403
POST /manage/templates/new/                          302 403 403 403 403 422 403 403 403 403 403
GET  /manage/templates/R02/                          302 403 403 403 403 200 200 403 200 403 403
POST /manage/templates/R02/                          302 403 403 403 403 422 403 403 403 403 403
GET  /manage/calendar/                               302 403 403 403 403 200 403 403 200 403 403
POST /manage/calendar/                               302 403 403 403 403 422 403 403 422 403 403
GET  /manage/calendar/import/                        302 403 403 403 403 200 403 403 200 403 403
POST /manage/calendar/import/                        302 403 403 403 403 422 403 403 422 403 403
GET  /manage/indicators/                             302 403 403 200 200 200 200 200 200 200 200
POST /manage/indicators/                             302 403 403 405 405 405 405 405 405 405 405
GET  /manage/indicators/new/                         302 403 403 403 403 404 403 403 403 403 403
GET  /manage/indicators/new/?from=supply-chain-general 302 403 403 403 403 200 403 403 403 403 403
POST /manage/indicators/new/?from=supply-chain-general 302 403 403 403 403 422 403 403 403 403 403
GET  /manage/indicators/supply-chain-general/        302 403 403 404 404 200 200 404 404 404 404
POST /manage/indicators/supply-chain-general/        302 403 403 404 404 403 422 404 404 404 404
GET  /manage/indicators/supply-chain-general/edit/   302 403 403 403 403 200 403 403 403 403 403
POST /manage/indicators/supply-chain-general/edit/   302 403 403 403 403 422 403 403 403 403 403
GET  /manage/indicators/factory-2018/edit/           302 403 403 403 403 403 403 403 403 403 403
GET  /manage/indicators/supply-chain-general/items/{scheme_item}/ 302 403 403 403 403 200 403 403 403 403 403
POST /manage/indicators/supply-chain-general/items/{scheme_item}/ 302 403 403 403 403 422 403 403 403 403 403
GET  /manage/indicators/supply-chain-general/items/nothing/ 302 403 403 403 403 404 403 403 403 403 403
GET  /grading/whatif/                                302 403 403 403 403 200 200 403 403 403 403
POST /grading/whatif/                                302 403 403 403 403 405 405 403 403 403 403
GET  /manage/indicators/import/                      302 403 403 403 403 200 403 403 403 403 403
POST /manage/indicators/import/                      302 403 403 403 403 422 403 403 403 403 403
GET  /manage/indicators/import/template.xlsx         302 403 403 403 403 200 403 403 403 403 403
POST /manage/indicators/import/template.xlsx         302 403 403 403 403 405 403 403 403 403 403
GET  /manage/indicators/import/{scheme_file}/        302 403 403 403 403 200 403 403 403 403 403
POST /manage/indicators/import/{scheme_file}/        302 403 403 403 403 422 403 403 403 403 403
GET  /manage/indicators/import/{scheme_file}/marked.xlsx 302 403 403 403 403 200 403 403 403 403 403
POST /manage/indicators/import/{scheme_file}/marked.xlsx 302 403 403 403 403 405 403 403 403 403 403
GET  /manage/indicators/supply-chain-general/workbook.xlsx 302 403 403 403 403 200 200 403 403 403 403
POST /manage/indicators/supply-chain-general/workbook.xlsx 302 403 403 403 403 405 405 403 403 403 403
GET  /batches/                                       302 403 403 403 403 200 200 403 403 403 403
POST /batches/                                       302 403 403 403 403 405 405 403 403 403 403
GET  /batches/new/                                   302 403 403 403 403 200 403 403 403 403 403
POST /batches/new/                                   302 403 403 403 403 422 403 403 403 403 403
GET  /batches/{planned}/                             302 403 403 403 403 200 200 403 403 403 403
POST /batches/{planned}/                             302 403 403 403 403 405 405 403 403 403 403
GET  /batches/{call}/                                302 403 403 403 403 200 200 403 403 403 403
POST /batches/{call}/                                302 403 403 403 403 405 405 403 403 403 403
GET  /batches/{planned}/edit/                        302 403 403 403 403 200 403 403 403 403 403
POST /batches/{planned}/edit/                        302 403 403 403 403 422 403 403 403 403 403
GET  /batches/{call}/edit/                           302 403 403 403 403 409 403 403 403 403 403
POST /batches/{call}/edit/                           302 403 403 403 403 422 403 403 403 403 403
GET  /batches/{call}/extend/                         302 403 403 403 403 200 403 403 403 403 403
POST /batches/{call}/extend/                         302 403 403 403 403 422 403 403 403 403 403
GET  /batches/{call}/quotas/                         302 403 403 403 403 200 403 403 403 403 403
POST /batches/{call}/quotas/                         302 403 403 403 403 422 403 403 403 403 403
GET  /batches/{call}/end/                            302 403 403 403 403 200 403 403 403 403 403
POST /batches/{call}/end/                            302 403 403 403 403 422 403 403 403 403 403
GET  /publicity/                                     302 403 403 403 403 200 200 403 403 403 403
POST /publicity/                                     302 403 403 403 403 405 405 403 403 403 403
GET  /publicity/new/                                 302 403 403 403 403 200 403 403 403 403 403
POST /publicity/new/                                 302 403 403 403 403 422 403 403 403 403 403
GET  /publicity/{drafted}/                           302 404 404 404 404 200 200 404 404 404 404
POST /publicity/{drafted}/                           302 404 404 404 404 405 405 404 404 404 404
GET  /publicity/{running}/                           302 403 403 403 403 200 200 403 403 403 403
POST /publicity/{running}/                           302 403 403 403 403 405 405 403 403 403 403
GET  /publicity/{closed}/record.pdf                  302 403 403 403 403 200 200 403 403 403 403
POST /publicity/{closed}/record.pdf                  302 403 403 403 403 405 405 403 403 403 403
GET  /publicity/{running}/record.pdf                 302 403 403 403 403 404 404 403 403 403 403
POST /publicity/{running}/record.pdf                 302 403 403 403 403 405 405 403 403 403 403
GET  /publicity/{closed}/admit/                      302 403 403 403 403 302 403 403 403 403 403
POST /publicity/{closed}/admit/                      302 403 403 403 403 302 403 403 403 403 403
GET  /publicity/{running}/objections/new/            302 403 403 403 403 200 403 403 403 403 403
POST /publicity/{running}/objections/new/            302 403 403 403 403 422 403 403 403 403 403
GET  /publicity/{drafted}/sign/                      302 404 404 404 404 403 200 404 404 404 404
POST /publicity/{drafted}/sign/                      302 404 404 404 404 403 409 404 404 404 404
GET  /publicity/{drafted}/announce/                  302 404 404 404 404 404 404 404 404 404 404
POST /publicity/{drafted}/announce/                  302 404 404 404 404 404 404 404 404 404 404
GET  /publicity/{running}/corrections/new/           302 403 403 403 403 200 403 403 403 403 403
POST /publicity/{running}/corrections/new/           302 403 403 403 403 422 403 403 403 403 403
GET  /publicity/{drafted}/corrections/new/           302 403 403 403 403 200 403 403 403 403 403
POST /publicity/{drafted}/corrections/new/           302 403 403 403 403 422 403 403 403 403 403
GET  /corrections/                                   302 403 403 403 403 200 200 403 403 403 403
POST /corrections/                                   302 403 403 403 403 405 405 403 403 403 403
GET  /corrections/{correction}/                      302 404 404 404 404 200 200 404 404 404 404
POST /corrections/{correction}/                      302 404 404 404 404 405 405 404 404 404 404
GET  /corrections/{corrected}/                       302 403 403 403 403 200 200 403 403 403 403
POST /corrections/{corrected}/                       302 403 403 403 403 405 405 403 403 403 403
GET  /corrections/{correction}/sign/                 302 404 404 404 404 403 200 404 404 404 404
POST /corrections/{correction}/sign/                 302 404 404 404 404 403 409 404 404 404 404
GET  /objections/                                    302 403 403 403 403 200 200 403 403 403 403
POST /objections/                                    302 403 403 403 403 405 405 403 403 403 403
GET  /objections/{objection}/                        302 404 404 404 404 200 200 404 404 404 404
POST /objections/{objection}/                        302 404 404 404 404 405 405 404 404 404 404
GET  /objections/{objection}/accept/                 302 404 404 404 404 200 403 404 404 404 404
POST /objections/{objection}/accept/                 302 404 404 404 404 409 403 404 404 404 404
GET  /objections/{objection}/files/                  302 404 404 404 404 405 403 404 404 404 404
POST /objections/{objection}/files/                  302 404 404 404 404 422 403 404 404 404 404
GET  /documents/{objected}/                          302 404 404 404 404 200 200 404 404 404 404
POST /documents/{objected}/                          302 405 405 405 405 405 405 405 405 405 405
GET  /agencies/                                      302 403 403 403 403 200 200 403 403 403 403
POST /agencies/                                      302 403 403 403 403 405 405 403 403 403 403
GET  /agencies/new/                                  302 403 403 403 403 200 403 403 403 403 403
POST /agencies/new/                                  302 403 403 403 403 422 403 403 403 403 403
GET  /agencies/own/                                  302 403 403 403 403 403 403 200 403 403 403
POST /agencies/own/                                  302 403 403 403 403 403 403 405 403 403 403
GET  /agencies/{agency}/                             302 403 403 403 403 200 200 403 403 403 403
POST /agencies/{agency}/                             302 403 403 403 403 422 403 403 403 403 403
GET  /agencies/{agency}/edit/                        302 403 403 403 403 200 403 403 403 403 403
POST /agencies/{agency}/edit/                        302 403 403 403 403 422 403 403 403 403 403
GET  /my/grade/                                      302 200 302 403 403 403 403 403 403 403 403
POST /my/grade/                                      302 405 405 403 403 403 403 403 403 403 403
GET  /my/grade/{in_pool}/                            302 200 404 403 403 403 403 403 403 403 403
POST /my/grade/{in_pool}/                            302 405 405 403 403 403 403 403 403 403 403
GET  /applications/{decided}/score/                  302 404 200 404 404 404 404 404 404 404 404
POST /applications/{decided}/score/                  302 405 405 404 404 404 404 404 404 404 404
GET  /applications/{bureau}/score/                   302 404 404 404 404 404 404 404 404 404 404
GET  /eval/                                          302 403 403 403 403 200 200 200 403 403 403
POST /eval/                                          302 403 403 403 403 405 405 405 403 403 403
GET  /eval/new/                                      302 403 403 403 403 302 403 403 403 403 403
POST /eval/new/                                      302 403 403 403 403 302 403 403 403 403 403
GET  /eval/{check}/                                  302 404 404 404 404 200 200 200 404 404 404
POST /eval/{check}/                                  302 404 404 404 404 403 403 409 404 404 404
GET  /eval/{done_check}/                             302 404 404 404 404 200 200 200 404 404 404
GET  /eval/{scoring}/                                302 404 404 404 404 200 200 200 404 404 404
GET  /eval/{check}/files/                            302 404 404 404 404 200 200 200 404 404 404
POST /eval/{check}/files/                            302 404 404 404 404 403 403 422 404 404 404
GET  /eval/{scoring}/files/{report}/aside/           302 404 404 404 404 405 405 405 404 404 404
POST /eval/{scoring}/files/{report}/aside/           302 404 404 404 404 403 403 302 404 404 404
GET  /eval/{check}/begin/                            302 404 404 404 404 403 403 200 404 404 404
POST /eval/{check}/begin/                            302 404 404 404 404 403 403 422 404 404 404
GET  /eval/{check}/recuse/                           302 404 404 404 404 403 403 200 404 404 404
POST /eval/{check}/recuse/                           302 404 404 404 404 403 403 422 404 404 404
GET  /eval/{scoring}/conclude/                       302 404 404 404 404 403 403 200 404 404 404
POST /eval/{scoring}/conclude/                       302 404 404 404 404 403 403 422 404 404 404
GET  /eval/{check}/void/                             302 404 404 404 404 200 403 403 404 404 404
POST /eval/{check}/void/                             302 404 404 404 404 422 403 403 404 404 404
GET  /grading/                                       302 403 403 200 200 200 200 403 403 403 403
POST /grading/                                       302 403 403 405 405 405 405 403 403 403 403
GET  /grading/new/                                   302 403 403 403 403 200 403 403 403 403 403
POST /grading/new/                                   302 403 403 403 403 422 403 403 403 403 403
GET  /grading/{round}/                               302 403 404 200 404 200 200 403 404 404 404
POST /grading/{round}/                               302 403 404 405 405 405 405 403 404 404 404
GET  /grading/{round}/units/                         302 403 404 403 404 200 200 403 404 404 404
POST /grading/{round}/units/                         302 403 404 403 404 405 405 403 404 404 404
GET  /grading/{round}/include/                       302 403 404 403 404 302 403 403 404 404 404
POST /grading/{round}/include/                       302 403 404 403 404 422 403 403 404 404 404
GET  /grading/{round}/confirm/                       302 403 404 403 404 200 200 403 404 404 404
POST /grading/{round}/confirm/                       302 403 404 403 404 422 403 403 404 404 404
GET  /grading/{round}/end/                           302 403 404 403 404 200 403 403 404 404 404
POST /grading/{round}/end/                           302 403 404 403 404 422 403 403 404 404 404
GET  /gradings/                                      302 403 403 200 200 200 200 200 403 403 403
POST /gradings/                                      302 403 403 405 405 405 405 405 403 403 403
GET  /applications/{draft}/own/                      302 200 404 404 404 404 404 404 404 404 404
POST /applications/{draft}/own/                      302 409 404 404 404 404 404 404 404 404 404
GET  /gradings/{own}/                                302 200 404 200 404 200 200 200 404 404 404
POST /gradings/{own}/                                302 409 404 403 404 403 403 409 404 404 404
GET  /gradings/{own}/files/                          302 200 404 200 404 200 200 200 404 404 404
POST /gradings/{own}/files/                          302 422 404 403 404 403 403 422 404 404 404
GET  /gradings/{own}/files/{own_file}/aside/         302 405 405 405 405 405 405 405 404 404 404
POST /gradings/{own}/files/{own_file}/aside/         302 302 404 403 404 403 403 404 404 404 404
GET  /gradings/{own}/file_own/                       302 200 404 403 404 403 403 403 404 404 404
POST /gradings/{own}/file_own/                       302 422 404 403 404 403 403 403 404 404 404
GET  /gradings/{marked}/                             302 200 404 200 404 200 200 200 404 404 404
GET  /gradings/{marked}/files/                       302 200 404 200 404 200 200 200 404 404 404
GET  /gradings/{marked}/award/                       302 403 404 403 404 200 403 403 404 404 404
POST /gradings/{marked}/award/                       302 403 404 403 404 409 403 403 404 404 404
GET  /gradings/{marked}/revise/                      302 403 404 403 404 404 403 403 404 404 404
POST /gradings/{marked}/revise/                      302 403 404 403 404 404 403 403 404 404 404
GET  /documents/{own_file}/                          302 200 404 200 404 200 200 200 404 404 404
GET  /documents/{marks}/                             302 404 404 404 404 200 200 200 404 404 404
GET  /applications/{rechecked}/                      302 404 200 404 302 302 302 302 404 404 404
GET  /applications/{rechecked}/review/               302 404 403 404 200 200 200 403 404 404 404
GET  /applications/{rechecked}/files/                302 404 200 404 200 200 200 200 404 404 404
POST /applications/{rechecked}/files/                302 404 422 404 403 403 403 403 404 404 404
GET  /documents/{rechecked_file}/                    302 404 200 404 200 200 200 200 404 404 404
GET  /documents/{rechecked_file}/pages/1.webp        302 404 200 404 200 200 200 200 404 404 404
GET  /documents/{report}/                            302 404 404 404 404 200 200 200 404 404 404
GET  /documents/{report}/pages/1.webp                302 404 404 404 404 200 200 200 404 404 404
GET  /my/                                            302 200 200 403 403 403 403 403 403 403 403
POST /my/                                            302 405 405 403 403 403 403 403 403 403 403
GET  /my/applications/new/                           302 200 200 403 403 403 403 403 403 403 403
POST /my/applications/new/                           302 422 422 403 403 403 403 403 403 403 403
GET  /applications/                                  302 403 403 200 200 200 200 403 403 403 403
POST /applications/                                  302 403 403 405 405 405 405 403 403 403 403
GET  /applications/{draft}/                          302 200 404 404 404 404 404 404 404 404 404
POST /applications/{draft}/                          302 405 405 405 405 405 405 405 405 405 405
GET  /applications/{district}/                       302 200 404 302 404 302 302 404 404 404 404
POST /applications/{district}/                       302 405 405 405 405 405 405 405 405 405 405
GET  /applications/{bureau}/                         302 200 404 302 404 302 302 404 404 404 404
POST /applications/{bureau}/                         302 405 405 405 405 405 405 405 405 405 405
GET  /applications/{draft}/review/                   302 403 404 404 404 404 404 404 404 404 404
POST /applications/{draft}/review/                   302 403 404 404 404 404 404 404 404 404 404
GET  /applications/{district}/review/                302 403 404 200 404 200 200 404 404 404 404
POST /applications/{district}/review/                302 403 404 422 404 422 422 404 404 404 404
GET  /applications/{draft}/tasks/unit/               302 200 404 404 404 404 404 404 404 404 404
POST /applications/{draft}/tasks/unit/               302 409 404 404 404 404 404 404 404 404 404
GET  /applications/{district}/tasks/unit/            302 302 404 404 404 404 404 404 404 404 404
POST /applications/{district}/tasks/unit/            302 409 404 404 404 404 404 404 404 404 404
GET  /applications/{draft}/files/                    302 200 404 404 404 404 404 404 404 404 404
POST /applications/{draft}/files/                    302 422 404 404 404 404 404 404 404 404 404
GET  /applications/{district}/files/                 302 200 404 200 404 200 200 404 404 404 404
POST /applications/{district}/files/                 302 422 404 403 404 403 403 404 404 404 404
GET  /applications/{draft}/files/{draft_file}/aside/ 302 405 405 405 405 405 405 405 405 405 405
POST /applications/{draft}/files/{draft_file}/aside/ 302 302 404 404 404 404 404 404 404 404 404
GET  /applications/{draft}/check/                    302 200 404 404 404 404 404 404 404 404 404
POST /applications/{draft}/check/                    302 405 405 405 405 405 405 405 405 405 405
GET  /applications/{district}/check/                 302 302 404 404 404 404 404 404 404 404 404
POST /applications/{district}/check/                 302 405 405 405 405 405 405 405 405 405 405
GET  /applications/{draft}/receipt/                  302 404 404 404 404 404 404 404 404 404 404
POST /applications/{draft}/receipt/                  302 405 405 405 405 405 405 405 405 405 405
GET  /applications/{district}/receipt/               302 200 404 200 404 200 200 404 404 404 404
POST /applications/{district}/receipt/               302 405 405 405 405 405 405 405 405 405 405
GET  /applications/{district}/receipt.pdf            302 200 404 200 404 200 200 404 404 404 404
POST /applications/{district}/receipt.pdf            302 405 405 405 405 405 405 405 405 405 405
GET  /applications/{draft}/bundle.pdf                302 200 404 404 404 404 404 404 404 404 404
POST /applications/{draft}/bundle.pdf                302 405 405 405 405 405 405 405 405 405 405
GET  /applications/{district}/bundle.pdf             302 200 404 200 404 200 200 404 404 404 404
POST /applications/{district}/bundle.pdf             302 405 405 405 405 405 405 405 405 405 405
GET  /applications/{draft}/check-record/             302 403 404 404 404 404 404 404 404 404 404
POST /applications/{draft}/check-record/             302 403 404 404 404 404 404 404 404 404 404
GET  /applications/{district}/check-record/          302 403 404 403 404 200 403 404 404 404 404
POST /applications/{district}/check-record/          302 403 404 403 404 422 403 404 404 404 404
GET  /diagnoses/                                     302 403 403 200 200 200 200 403 403 403 403
POST /diagnoses/                                     302 403 403 405 405 405 405 403 403 403 403
GET  /diagnoses/new/                                 302 200 200 200 200 200 403 403 403 403 403
POST /diagnoses/new/                                 302 422 422 422 422 422 403 403 403 403 403
GET  /diagnoses/invite/                              302 403 403 405 405 405 403 403 403 403 403
POST /diagnoses/invite/                              302 403 403 302 302 302 403 403 403 403 403
GET  /diagnoses/{diagnosis}/                         302 200 404 200 404 200 200 404 404 404 200
POST /diagnoses/{diagnosis}/                         302 405 405 405 405 405 405 405 405 405 405
GET  /diagnoses/{diagnosis}/edit/                    302 403 404 200 404 200 403 404 404 404 403
POST /diagnoses/{diagnosis}/edit/                    302 403 404 422 404 422 403 404 404 404 403
GET  /diagnoses/{diagnosis}/measures/                302 403 404 200 404 200 403 404 404 404 403
POST /diagnoses/{diagnosis}/measures/                302 403 404 422 404 422 403 404 404 404 403
GET  /diagnoses/{diagnosis}/progress/                302 200 404 200 404 200 403 404 404 404 403
POST /diagnoses/{diagnosis}/progress/                302 422 404 422 404 422 403 404 404 404 403
GET  /applications/{district}/undo/                  302 405 405 405 405 405 405 405 405 405 405
POST /applications/{district}/undo/                  302 409 404 409 404 409 409 404 404 404 404
GET  /applications/{draft}/nominate_self/            302 200 404 404 404 404 404 404 404 404 404
POST /applications/{draft}/nominate_self/            302 422 404 404 404 404 404 404 404 404 404
GET  /applications/{draft}/move/                     302 405 405 405 405 405 405 405 405 405 405
POST /applications/{draft}/move/                     302 409 404 404 404 404 404 404 404 404 404
GET  /applications/{district}/recommend/             302 403 404 302 404 403 403 404 404 404 404
POST /applications/{district}/recommend/             302 403 404 422 404 403 403 404 404 404 404
GET  /applications/{bureau}/type_score/              302 403 404 403 404 302 403 404 404 404 404
POST /applications/{bureau}/type_score/              302 403 404 403 404 422 403 404 404 404 404
GET  /applications/{bureau}/clear/                   302 403 404 403 404 302 403 404 404 404 404
POST /applications/{bureau}/clear/                   302 403 404 403 404 409 403 404 404 404 404
GET  /applications/{district}/withdraw/              302 200 404 403 404 403 403 404 404 404 404
POST /applications/{district}/withdraw/              302 409 404 403 404 403 403 404 404 404 404
GET  /applications/{bureau}/announce/                404
POST /applications/{bureau}/announce/                404
GET  /documents/{draft_file}/                        302 200 404 404 404 404 404 404 404 404 404
POST /documents/{draft_file}/                        302 405 405 405 405 405 405 405 405 405 405
GET  /documents/{filed_file}/                        302 200 404 200 404 200 200 404 404 404 404
POST /documents/{filed_file}/                        302 405 405 405 405 405 405 405 405 405 405
GET  /documents/{filed_file}/pages/1.webp            302 200 404 200 404 200 200 404 404 404 404
GET  /documents/{diagnosis_file}/                    302 200 404 200 404 200 200 404 404 404 200
GET  /documents/{check_file}/                        302 404 404 404 404 200 200 404 404 404 200
GET  /documents/{check_file}/pages/1.webp            302 404 404 404 404 200 200 404 404 404 200
POST /documents/{filed_file}/pages/1.webp            302 405 405 405 405 405 405 405 405 405 405
"""


def routes(resolver: URLResolver | None = None, above: str = "") -> Iterator[str]:
    """Every route of the portal's own, as `resolve` names it; allauth's and the admin's have rules below."""
    for entry in (resolver or get_resolver()).url_patterns:
        route = above + str(entry.pattern)
        if isinstance(entry, URLPattern):
            yield route
        elif not route.startswith(("accounts/", "backstage/")):
            yield from routes(entry, route)


class World:
    """The cast, a client for each of them, and the things that the table's addresses name."""

    def __init__(self) -> None:
        self.people: Cast = cast()
        self.clients = {name: Client() for name in PEOPLE}
        for name, user in self.people.everybody().items():
            self.clients[name].force_login(user)
        self.things = self._things()

    def address(self, template: str) -> str:
        return template.format(**self.things)

    def answer(self, name: str, method: str, template: str) -> str:
        """The status that this person gets."""
        response = self.clients[name].generic(method, self.address(template))
        if response.streaming:
            response.getvalue()  # and with that closes the file
        return str(response.status_code)

    def _things(self) -> dict[str, object]:
        people, chen, liu = self.people, self.people.chen, self.people.liu
        admitted = an_application(people, "admitted")
        closed = admitted.notice_lines.get().publicity
        draft = self._with_a_file(a_draft(people, by=chen))
        district = self._with_a_file(a_draft(people, category=Category.GREEN_PARK))
        district = do(district, "ask_district", chen)
        received = intake.receive(SimpleUploadedFile("核查.pdf", pdf_of_pages(1)), max_bytes=10**6)
        checked = drafts.put_check_record(district, by=people.zhou, at=TODAY, **vars(received))
        diagnosis = a_diagnosis(people, district.unit, report=True)
        bureau = an_application(people, "examining", category=Category.GREEN_SUPPLY_CHAIN)
        other = an_application(people, "on_notice", by=liu)
        running = other.notice_lines.get().publicity
        drafted = a_notice(
            people, an_application(people, "cleared", by=liu, category=Category.GREEN_PARK), signed=False
        )
        raised = an_objection(people, other)
        done_check, scoring, check = (self._a_check(state) for state in ("confirmed", "scoring", "assigned"))
        rechecked = check.target
        decided = PoolApplication.objects.get(pk=done_check.target_id)
        do(decided, "refuse", people.zhou, reason="不符合评价要求")
        report = self._attached(scoring, Material.EVALUATION_REPORT, people.wu)
        published = a_roster(people, "published", filled=False)
        publishing.render(published, at=TODAY)
        return {
            "admitted": admitted.no,
            "draft": draft.no,
            "district": district.no,
            "bureau": bureau.no,
            "other": other.no,
            "draft_file": draft.documents.current().latest("pk").pk,
            "filed_file": district.documents.current().filed().latest("pk").pk,
            "check_file": checked.pk,
            "diagnosis": diagnosis.pk,
            "diagnosis_file": diagnosis.documents.get().pk,
            "closed": closed.no,
            "running": running.no,
            "drafted": drafted.no,
            "objection": raised.no,
            "objected": self._paper_of(raised).pk,
            "corrected": a_correction(people, running, "published").no,
            "correction": a_correction(people, running).no,
            "brought": brought.keep_upload(
                Units, a_table(Units, "昌平示例有限公司"), by=people.zhao, at=TODAY
            ).pk,
            "scheme_file": books.keep_upload(
                SimpleUploadedFile("指标体系.xlsx", books.empty_workbook()), by=people.zhou, at=TODAY
            ).pk,
            "scheme_item": SchemeVersion.objects.get(code="supply-chain-general").loaded().items[0].code,
            "published": published.no,
            "roster": a_roster(people, filled=False, doc_no="京经信函〔2026〕2号").no,
            "check": check.no,
            "scoring": scoring.no,
            "done_check": done_check.no,
            "decided": decided.no,
            "report": report.pk,
            "rechecked": rechecked.no,
            "rechecked_file": rechecked.documents.latest("pk").pk,
            "unit": district.unit_id,
            "call": a_call().pk,
            "planned": a_call(name="2026年第二批", opens_on=date(2026, 9, 1), closes_on=date(2026, 9, 30)).pk,
            "in_pool": admitted.unit_id,
            "edition": an_edition(people).code,
            **self._accounts(),
            **self._gradings(),
        }

    def _gradings(self) -> dict[str, object]:
        """陈晨's two listed factories: one evaluates itself, the other has been scored by 吴迪."""
        people, round = self.people, a_round(self.people)
        own = a_grading(people, round=round)
        second = a_unit(people.chen.entity, people.zhao.district, site="二厂")
        marked = a_grading(people, "scoring", unit=listed(second), round=round)
        marks = self._attached(marked, Material.EVALUATION_REPORT, people.wu)
        marked = graded_to(people, type(marked).objects.get(pk=marked.pk), "concluded")
        return {
            "round": round.pk,
            "own": own.no,
            "own_file": self._attached(own, Material.EVIDENCE, people.chen).pk,
            "marked": marked.no,
            "marks": marks.pk,
        }

    def _accounts(self) -> dict[str, object]:
        """陈晨's entity has a colleague and an invitation; somebody has registered in 昌平; two records are one."""
        chen = self.people.chen
        kept, gone = an_imported_entity(self.people, "甲示例厂"), an_imported_entity(self.people, "乙示例厂")
        merged = merge(kept.entity_id, gone.entity_id, by=self.people.zhou, at=TODAY, reason="同一企业")
        invitation = Invitation.objects.create(
            entity=chen.entity, name="李明", email="li@example.org", digest=digest_of("token"),
            invited_by=chen, invited_at=TODAY, expires_at=TODAY + timedelta(days=7),
        )  # fmt: skip
        return {
            "entity": chen.entity_id,
            "agency": self.people.wu.agency_id,
            "other_entity": kept.entity_id,
            "merge": merged.pk,
            "registration": a_registration(self.people, by=a_registrant(), when=TODAY).no,
            "colleague": User.objects.create(
                username="tongshi", name="同事", role="unit", entity=chen.entity
            ).pk,
            "invitation": invitation.pk,
            "invited": "token",
        }

    def _paper_of(self, objection: Objection) -> Document:
        received = intake.receive(SimpleUploadedFile("异议书.pdf", pdf_of_pages(2)), max_bytes=10**6)
        by, kind = self.people.zhou, Material.OBJECTION
        return enclose(objection, by=by, at=TODAY, kind=kind, received=received)

    def _with_a_file(self, case: PoolApplication) -> PoolApplication:
        self._attached(case, Material.DIAGNOSIS_REPORT, self.people.chen)
        return PoolApplication.objects.get(pk=case.pk)

    def _attached(self, case: Case, kind: Material, by: User) -> Document:
        received = intake.receive(SimpleUploadedFile("报告.pdf", pdf_of_pages(2)), max_bytes=10**6)
        return drafts.attach(case, by=by, at=TODAY, kind=kind, **vars(received))

    def _a_check(self, state: str) -> Evaluation:
        """An evaluation by 吴迪 of one more unit of 刘洋's, in 孙莉's district; its file can be opened."""
        people, liu = self.people, self.people.liu
        draft = a_draft(people, by=liu, category=Category.GREEN_SUPPLY_CHAIN)
        self._attached(draft, Material.EVALUATION_DOSSIER, liu)
        case = do(do(draft, "ask_district", liu), "recommend", people.sun, reason="同意推荐。")
        check = brought_to(people, an_evaluation(people, case), state)
        if state != "assigned":  # its unit makes room for the next one
            Unit.objects.filter(pk=case.unit_id).update(category=Category.GREEN_PARK, site=state)
        return check


@pytest.fixture
def world(db: None) -> Iterator[World]:
    with clock.fixed(TODAY):
        yield World()


def rows() -> list[tuple[str, str, list[str]]]:
    """(method, address, expected answers in the order of PEOPLE) of each line of the table."""
    lines = [line.split() for line in TABLE.strip().splitlines()]
    return [(method, address, answers) for method, address, *answers in lines]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_every_address_answers_every_person_as_the_table_says(world: World, method: str) -> None:
    wrong = []
    for row_method, address, expected in rows():
        if row_method != method:
            continue
        answers = [world.answer(name, method, address) for name in PEOPLE]
        wanted = expected if len(expected) > 1 else expected * len(PEOPLE)
        wrong += [
            f"{method} {address} by {name}: {answer}, expected {want}"
            for name, answer, want in zip(PEOPLE, answers, wanted, strict=True)
            if answer != want
        ]
    assert wrong == []


def test_every_route_stands_in_the_table_for_reading_and_for_posting(world: World) -> None:
    covered = {
        (method, resolve(world.address(address).partition("?")[0]).route) for method, address, _ in rows()
    }
    assert {(method, route) for method in ("GET", "POST") for route in routes()} == covered


def test_nobody_without_an_account_learns_which_numbers_exist(world: World) -> None:
    """An anonymous reader is sent to sign in, with the way back, for cases that exist and for those that do not."""
    for address in (f"/applications/{world.things['draft']}/", "/applications/LC-2026-9999/"):
        answer = world.clients["nobody"].get(address)
        assert (answer.status_code, answer["Location"]) == (302, f"/accounts/login/?next={address}")


@pytest.mark.parametrize("name", ["liu", "sun"])
def test_neighbours_cannot_tell_what_is_hidden_from_what_does_not_exist(world: World, name: str) -> None:
    hidden = world.clients[name].get(f"/applications/{world.things['district']}/files/")
    missing = world.clients[name].get("/applications/LC-2026-9999/files/")
    assert (hidden.status_code, missing.status_code) == (404, 404)
    pages = [
        re.sub(r"错误编号 \w+|LC-2026-\d+|[A-Za-z0-9]{64}", "", page.content.decode())
        for page in (hidden, missing)
    ]
    assert pages[0] == pages[1]


# --- rules for what is not ours: the admin's and allauth's addresses


def test_back_stage_is_for_the_two_administrators(world: World) -> None:
    for address in ("/backstage/", "/backstage/registry/", "/backstage/registry/case/"):
        ends = {name: world.clients[name].get(address, follow=True) for name in PEOPLE}
        assert ends.pop("nobody").redirect_chain[-1][0].startswith("/accounts/login/?next=")
        inside = {ends.pop(name).status_code for name in ("gao", "shen")}
        assert inside == ({404} if address.endswith("/case/") else {200})
        assert {end.status_code for end in ends.values()} == {403}, address
    # 高远 keeps accounts and settings, 沈安 grants roles; cases are nobody's here.
    index = {name: world.clients[name].get("/backstage/").content.decode() for name in ("gao", "shen")}
    assert "/backstage/registry/district/" in index["gao"]
    assert "/backstage/registry/district/" not in index["shen"]
    assert not any(
        "poolapplication" in page or "/backstage/registry/event/" in page for page in index.values()
    )


def test_nobody_makes_an_account_alone(world: World) -> None:
    form = {
        "username": "new",
        "email": "new@example.org",
        "password1": "Abc-20-xyz",
        "password2": "Abc-20-xyz",
    }
    before = User.objects.count()
    for client in world.clients.values():
        client.get("/accounts/signup/")
        client.post("/accounts/signup/", form)
        # Nor by the door for enterprises without all that a registration is made of, nor with another's link.
        client.post("/register/", form)
        client.post("/join/guessed/", form)
    assert User.objects.count() == before


# Where somebody whose enterprise is not confirmed finds a page of their own; elsewhere they are the public.
OWN_PAGES = {
    "/my/",
    "/me/notifications/",
    "/me/settings/",
    "/search/",
    "/desk/",
    "/register/",
    "/join/{invited}/",
}


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_whoever_waits_to_be_confirmed_reaches_what_everybody_reaches(world: World, method: str) -> None:
    client = Client()
    client.force_login(a_registration(world.people, by=a_registrant("waiting")).opened_by)
    world.clients["waiting"] = client
    wrong = {}
    for row_method, address, _ in rows():
        if row_method != method or address in OWN_PAGES:
            continue
        mine, public = world.answer("waiting", method, address), world.answer("nobody", method, address)
        if mine != public and not (public == "302" and mine in {"403", "404", "405"}):
            wrong[address] = (mine, public)
    assert wrong == {}


def test_pages_of_ones_own_account_ask_for_sign_in_first(world: World) -> None:
    for address in (
        "email/",
        "password/change/",
        "2fa/",
        "2fa/totp/activate/",
        "2fa/recovery-codes/",
        "reauthenticate/",
    ):
        answer = world.clients["nobody"].get(f"/accounts/{address}")
        assert (answer.status_code, answer["Location"].partition("?")[0]) == (302, "/accounts/login/"), (
            address
        )
