"""Addresses: registration, members, entities and the register of units."""

from django.urls import path

from registry.models import Registration
from registry.views import entities, members, registering, registrations, units
from registry.views.cases import UndoView

urlpatterns = [
    path("register/", registering.Register.as_view()),
    path("registrations/", registrations.RegistrationList.as_view()),
    path("registrations/<no>/", registrations.RegistrationHome.as_view()),
    path("registrations/<no>/confirm/", registrations.Confirm.as_view()),
    path("registrations/<no>/refile/", registrations.Refile.as_view()),
    path("registrations/<no>/undo/", UndoView.as_view(model=Registration)),
    path("registrations/<no>/<act>/", registrations.RegistrationAct.as_view()),
    path("my/people/", members.Members.as_view()),
    path("my/people/<int:pk>/disable/", members.Disable.as_view()),
    path("my/invitations/<int:pk>/withdraw/", members.WithdrawInvitation.as_view()),
    path("join/<token>/", members.Join.as_view()),
    path("units/", units.UnitList.as_view()),
    path("units/pending/", units.PendingList.as_view()),
    path("entities/", entities.EntityList.as_view()),
    path("entities/<int:pk>/", entities.EntityPage.as_view()),
    path("entities/merge/", entities.MergeView.as_view()),
    path("entities/merges/<int:pk>/restore/", entities.RestoreView.as_view()),
]
