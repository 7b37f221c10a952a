"""Addresses: staff pages."""

from django.urls import path

from registry.views import desk, gazette, imports, manage, objections, rosters

urlpatterns = [
    path("desk/", desk.DeskView.as_view()),
    path("desk/todo/", desk.TodoList.as_view()),
    path("desk/done/", desk.DoneList.as_view()),
    path("me/notifications/", manage.Inbox.as_view()),
    path("me/settings/", manage.MySettings.as_view()),
    path("search/", manage.Search.as_view()),
    path("publicity/", gazette.NoticeList.as_view()),
    path("publicity/new/", gazette.NewNotice.as_view()),
    path("publicity/<no>/", gazette.NoticeDetail.as_view()),
    path("publicity/<no>/record.pdf", gazette.ClosingRecord.as_view()),
    path("publicity/<no>/admit/", gazette.AdmitMany.as_view()),
    path("publicity/<no>/objections/new/", objections.NewObjection.as_view()),
    path("publicity/<no>/<act>/", gazette.NoticeAct.as_view()),
    path("objections/", objections.ObjectionList.as_view()),
    path("objections/<no>/", objections.ObjectionDetail.as_view()),
    path("objections/<no>/<act>/", objections.ObjectionAct.as_view()),
    path("pool/", rosters.PoolView.as_view()),
    path("imports/", imports.ImportList.as_view()),
    path("imports/<what>/", imports.BringView.as_view()),
    path("imports/<what>/template.xlsx", imports.TemplateView.as_view()),
    path("imports/<what>/<int:pk>/", imports.PreviewView.as_view()),
    path("imports/<what>/<int:pk>/marked.xlsx", imports.MarkedView.as_view()),
    path("lists/edit/", rosters.RosterList.as_view()),
    path("lists/edit/new/", rosters.NewRoster.as_view()),
    path("lists/edit/<no>/", rosters.RosterDetail.as_view()),
    path("lists/edit/<no>/<act>/", rosters.RosterAct.as_view()),
    path("manage/audit/", manage.AuditLog.as_view()),
]
