"""Addresses: public pages."""

from django.urls import path, re_path

from registry.views import lists, notices, objecting, public, rules

urlpatterns = [
    path("", public.home),
    path("notices/", notices.notices),
    re_path(r"^notices/(?P<no>GS-[0-9]{4}-[0-9]+)/$", notices.notice),
    re_path(r"^notices/(?P<no>GS-[0-9]{4}-[0-9]+)\.pdf$", notices.notice_pdf),
    re_path(r"^notices/(?P<no>GS-[0-9]{4}-[0-9]+)/object/$", objecting.Object.as_view()),
    re_path(
        r"^notices/(?P<no>GS-[0-9]{4}-[0-9]+)/corrections/(?P<correction_no>GZ-[0-9]{4}-[0-9]+)/$",
        notices.correction,
    ),
    path("objections/track/", objecting.Track.as_view()),
    path("lists/", lists.lists),
    re_path(r"^lists/(?P<no>MD-[0-9]{4}-[0-9]+)/$", lists.roster),
    re_path(r"^lists/(?P<no>MD-[0-9]{4}-[0-9]+)\.(?P<extension>pdf|xlsx|csv)$", lists.download),
    re_path(r"^lists/edit/(?P<no>MD-[0-9]{4}-[0-9]+)/preview\.pdf$", lists.preview),
    path("units/<int:pk>/", public.unit),
    path("rules/", rules.rules),
    path("help/", public.help_page),
    path("accessibility/", public.accessibility),
    path("sitemap/", public.sitemap),
    path("me/size/", public.size),
]
